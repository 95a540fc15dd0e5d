import { describe, expect, it } from '@jest/globals';
import { memo } from '../src/lib/memo.ts';

describe('memo', () => {
  it('computes a result once for the same arguments, and another for others', () => {
    const asked: unknown[][] = [];
    const memoized = memo((name: string, options: { zone?: string }) => {
      asked.push([name, options]);
      return { name, ...options };
    });
    const first = memoized('a', { zone: 'UTC' });
    expect(memoized('a', { zone: 'UTC' })).toBe(first);
    expect(memoized('a', {})).toEqual({ name: 'a' });
    expect(memoized('b', { zone: 'UTC' })).toEqual({ name: 'b', zone: 'UTC' });
    expect(asked).toHaveLength(3);
  });

  it('does not cache a failure', () => {
    let tries = 0;
    const memoized = memo((text: string) => {
      if (tries++ === 0) throw new Error('not yet');
      return text;
    });
    expect(() => memoized('a')).toThrow('not yet');
    expect(memoized('a')).toBe('a');
  });

  it('drops its results after 5,000 of them', () => {
    let made = 0;
    const memoized = memo((index: number) => ({ index, made: made++ }));
    const first = memoized(0);
    for (let index = 1; index < 5000; index++) memoized(index);
    expect(memoized(0)).toBe(first);
    memoized(5000);
    expect(memoized(0)).not.toBe(first);
  });
});
