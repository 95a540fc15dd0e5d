import { expect, it } from '@jest/globals';
import { lookAtPage } from '../src/lib/look-at-page.ts';

it.each([
  ['its service is down', 503, 'unchanged'],
  ['it can be loaded', 200, 'changed'],
  ['what it is about is gone', 410, 'changed'],
])('a page of which %s is %i, %s', async (_name, status, look) => {
  expect(await lookAtPage(() => Promise.resolve({ status }))).toBe(look);
});

it('a page without an answer is unreachable', async () => {
  expect(await lookAtPage(() => Promise.reject(new TypeError('Failed to fetch')))).toBe('unreachable');
});
