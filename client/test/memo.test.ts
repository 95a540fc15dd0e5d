import { describe, expect, it } from '@jest/globals';
import { memo } from '../src/lib/memo.ts';

describe('memo', () => {
  it('makes a result once for the same arguments, and another for others', () => {
    const asked: unknown[][] = [];
    const remembered = memo((name: string, options: { zone?: string }) => {
      asked.push([name, options]);
      return { name, ...options };
    });
    const first = remembered('a', { zone: 'UTC' });
    expect(remembered('a', { zone: 'UTC' })).toBe(first);
    expect(remembered('a', {})).toEqual({ name: 'a' });
    expect(remembered('b', { zone: 'UTC' })).toEqual({ name: 'b', zone: 'UTC' });
    expect(asked).toHaveLength(3);
  });

  it('does not remember a failure', () => {
    let tries = 0;
    const remembered = memo((text: string) => {
      if (tries++ === 0) throw new Error('not yet');
      return text;
    });
    expect(() => remembered('a')).toThrow('not yet');
    expect(remembered('a')).toBe('a');
  });

  it('begins anew after 5,000 results', () => {
    let made = 0;
    const remembered = memo((index: number) => ({ index, made: made++ }));
    const first = remembered(0);
    for (let index = 1; index < 5000; index++) remembered(index);
    expect(remembered(0)).toBe(first);
    remembered(5000);
    expect(remembered(0)).not.toBe(first);
  });
});
