import { describe, expect, it } from '@jest/globals';
import { batched, coalesced } from '@ticketing/core';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** Work that records its items, and ends when a test releases it. */
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

/** Resolves when the calls of this turn of the event loop have started. */
async function soon(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await turn();
}

describe('batched', () => {
  it('passes items that arrive while a batch runs to the next batch', async () => {
    const { given, work, end } = slowWork();
    const call = batched(work);
    const first = call('a');
    await soon();
    const others = Promise.all([call('b'), call('c')]);
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
    const pause = Promise.withResolvers<undefined>();
    const call = batched(work, () => pause.promise);
    const calls = [call('a'), call('b')];
    await soon();
    expect(given).toEqual([]);
    calls.push(call('c'));
    await soon();
    expect(given).toEqual([]);
    pause.resolve(undefined);
    await soon();
    end(0, 'done');
    expect(await Promise.all(calls)).toEqual(['done', 'done', 'done']);
    expect(given).toEqual([['a', 'b', 'c']]);
  });

  it('passes the size of the last batch to the pause', async () => {
    const lasts: number[] = [];
    const call = batched(
      (items: string[]) => Promise.resolve(items),
      (last) => {
        lasts.push(last);
        return Promise.resolve();
      },
    );
    await Promise.all([call('a'), call('b'), call('c')]);
    await call('d');
    await call('e');
    expect(lasts).toEqual([0, 3, 1]);
  });

  it('batches all calls of one turn of the event loop', async () => {
    const { given, work, end } = slowWork();
    const call = batched(work);
    const first = call('a');
    await Promise.resolve();
    const second = call('b');
    await soon();
    expect(given).toEqual([['a', 'b']]);
    end(0, 'one');
    expect(await Promise.all([first, second])).toEqual(['one', 'one']);
  });

  it('rejects only the calls of a failed batch, and continues', async () => {
    let calls = 0;
    const call = batched(() => (calls++ === 0 ? Promise.reject(new Error('broken')) : Promise.resolve(calls)));
    await expect(call('a')).rejects.toThrow('broken');
    expect(await call('b')).toBe(2);
  });
});

describe('coalesced', () => {
  it('never resolves to a value that was read before the call', async () => {
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
