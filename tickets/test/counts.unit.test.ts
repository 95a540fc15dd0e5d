import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cachedCounts } from '../src/models/counts.ts';

let time = 0;
let counted: ReturnType<typeof cachedCounts>;
beforeEach(() => {
  time = 0;
  counted = cachedCounts(() => time);
});

describe('a cached count', () => {
  it('is counted once for a key, also by concurrent callers, and again a minute later', async () => {
    const count = jest.fn(() => Promise.resolve(count.mock.calls.length));
    expect(await Promise.all([counted('a', count), counted('a', count)])).toEqual([1, 1]);
    time = 59_999;
    expect(await counted('a', count)).toBe(1);
    time = 60_000;
    expect(await counted('a', count)).toBe(2);
  });

  it('is one for each key', async () => {
    expect(await counted('a', () => Promise.resolve(1))).toBe(1);
    expect(await counted('b', () => Promise.resolve(2))).toBe(2);
  });

  it('is counted again after a failure', async () => {
    await expect(counted('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await counted('a', () => Promise.resolve(3))).toBe(3);
  });

  it('is dropped when there are a thousand others, so that their memory is bounded', async () => {
    for (let key = 0; key <= 1000; key++) await counted(String(key), () => Promise.resolve(key));
    expect(await counted('0', () => Promise.resolve(-1))).toBe(-1);
  });
});
