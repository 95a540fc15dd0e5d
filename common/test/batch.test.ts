import { describe, expect, it } from '@jest/globals';
import { batched, coalesced } from '@ticketing/common';
import { eventually } from '@ticketing/common/testing';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** Work that ends when it is told to, and notes what it was given. */
function slowWork() {
  const given: string[][] = [];
  const ends: ((value: string) => void)[] = [];
  return {
    given,
    work: (items: string[]) => {
      given.push(items);
      return new Promise<string>((resolve) => ends.push(resolve));
    },
    end: (index: number, value: string) => ends[index]?.(value),
  };
}

/** When what was asked for in this turn of the event loop has begun. */
async function soon(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await turn();
}

describe('batched', () => {
  it('passes what arrives while a batch runs to the next one', async () => {
    const { given, work, end } = slowWork();
    const ask = batched(work);
    const first = ask('a');
    await soon();
    const others = Promise.all([ask('b'), ask('c')]);
    await soon();
    expect(given).toEqual([['a']]);
    end(0, 'one');
    await first;
    await soon();
    expect(given).toEqual([['a'], ['b', 'c']]);
    end(1, 'two');
    expect([await first, ...(await others)]).toEqual(['one', 'two', 'two']);
  });

  it('waits for more items during the pause', async () => {
    const { given, work, end } = slowWork();
    const ask = batched(work, () => delay(50));
    const asked = [ask('a'), ask('b')];
    await soon();
    expect(given).toEqual([]);
    asked.push(ask('c'));
    await eventually(
      () => given.length,
      (calls) => calls === 1,
    );
    end(0, 'done');
    expect(await Promise.all(asked)).toEqual(['done', 'done', 'done']);
    expect(given).toEqual([['a', 'b', 'c']]);
  });

  it('is given the size of the last batch to choose the pause by', async () => {
    const lasts: number[] = [];
    const ask = batched(
      (items: string[]) => Promise.resolve(items),
      (last) => {
        lasts.push(last);
        return Promise.resolve();
      },
    );
    await Promise.all([ask('a'), ask('b'), ask('c')]);
    await ask('d');
    await ask('e');
    expect(lasts).toEqual([0, 3, 1]);
  });

  it('batches all calls of one turn of the event loop', async () => {
    const { given, work, end } = slowWork();
    const ask = batched(work);
    const first = ask('a');
    await Promise.resolve();
    const second = ask('b');
    await soon();
    expect(given).toEqual([['a', 'b']]);
    end(0, 'one');
    expect(await Promise.all([first, second])).toEqual(['one', 'one']);
  });

  it('rejects only the calls of a batch that failed, and goes on', async () => {
    let calls = 0;
    const ask = batched(() => (calls++ === 0 ? Promise.reject(new Error('broken')) : Promise.resolve(calls)));
    await expect(ask('a')).rejects.toThrow('broken');
    expect(await ask('b')).toBe(2);
  });
});

describe('coalesced', () => {
  it('never answers with what was read before the question', async () => {
    let now = 0;
    const read = coalesced(async (key) => {
      const seen = `${key} ${now}`;
      await delay(20);
      return seen;
    });
    const early = read('a');
    await soon();
    now = 1;
    const late = read('a');
    expect(await Promise.all([early, late, read('b')])).toEqual(['a 0', 'a 1', 'b 1']);
  });
});
