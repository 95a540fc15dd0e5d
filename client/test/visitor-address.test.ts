import { describe, expect, it } from '@jest/globals';
import { visitorAddress } from '../src/lib/visitor-address.ts';

describe("the visitor's address", () => {
  it.each([
    ['203.0.113.7', 1, '203.0.113.7'],
    ['6.6.6.6, 203.0.113.7', 1, '203.0.113.7'],
    ['6.6.6.6, 203.0.113.7, 10.0.0.1', 2, '203.0.113.7'],
    ['203.0.113.7', 2, '203.0.113.7'],
    ['203.0.113.7', 0, undefined],
    ['', 1, undefined],
    [null, 1, undefined],
  ])('in %j behind %d trusted proxies is %s', (header, trusted, address) => {
    expect(visitorAddress(header, trusted)).toBe(address);
  });
});
