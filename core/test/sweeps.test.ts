import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { unavailable } from '@ticketing/common';
import { createSweeps } from '@ticketing/core';
import type { Filter, Sweeps } from '@ticketing/core';
import { silentLog } from '@ticketing/core/testing';
import { StoreUnavailableError } from '@ticketing/runtime';

/** As many documents as an aggregate returns at a time. */
const LIMIT = 3;

let documents: string[];
let sweeps: Sweeps;
let handled: string[];
beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2029-01-01T00:00:00.000Z'), doNotFake: ['setImmediate', 'nextTick'] });
  documents = [];
  handled = [];
  sweeps = createSweeps(silentLog);
});
afterEach(() => {
  jest.useRealTimers();
});

const store = {
  ids({ _id }: Filter) {
    const skipped = typeof _id === 'object' ? (_id.$nin ?? []) : [];
    return Promise.resolve(documents.filter((id) => !skipped.includes(id)).slice(0, LIMIT));
  },
};

const isBroken = (id: string) => id.startsWith('broken');
const sweep = (handle = (id: string) => (isBroken(id) ? Promise.reject(new TypeError('no history')) : done(id))) =>
  sweeps.run('things', store, {}, handle);

function done(id: string): Promise<void> {
  handled.push(id);
  documents = documents.filter((one) => one !== id);
  return Promise.resolve();
}

describe('a sweep', () => {
  it('handles all others when one document is broken', async () => {
    documents = ['broken', 'a', 'b'];
    await sweep();
    expect(handled).toEqual(['a', 'b']);
  });

  it('comes to the documents behind more broken ones than it finds at a time', async () => {
    documents = ['broken-1', 'broken-2', 'broken-3', 'a'];
    await sweep();
    await sweep();
    expect(handled).toEqual(['a']);
  });

  it('tries a broken document again after 10 s, then after twice as long', async () => {
    documents = ['broken'];
    let tries = 0;
    const count = () => {
      tries++;
      return Promise.reject(new TypeError('no history'));
    };
    const triesAfter = async (ms: number) => {
      jest.setSystemTime(Date.now() + ms);
      await sweep(count);
      return tries;
    };
    expect([await triesAfter(0), await triesAfter(9999), await triesAfter(1)]).toEqual([1, 1, 2]);
    expect([await triesAfter(19_999), await triesAfter(1)]).toEqual([2, 3]);
  });

  it('shows operators which documents it could not handle, with the error, until they are handled', async () => {
    documents = ['broken', 'a'];
    await sweep();
    expect(sweeps.failures()).toEqual([
      {
        ...{ sweep: 'things', id: 'broken', error: 'TypeError: no history', times: 1 },
        ...{ firstAt: '2029-01-01T00:00:00.000Z', lastAt: '2029-01-01T00:00:00.000Z' },
        nextAt: '2029-01-01T00:00:10.000Z',
      },
    ]);
    jest.setSystemTime(Date.now() + 10_000);
    await sweep(done);
    expect(sweeps.failures()).toEqual([]);
  });

  it.each([
    ['the store is unavailable', new StoreUnavailableError('no connection')],
    ['too many change it', unavailable('busy', 'Too many changes at once.')],
  ])('tries the others, skips nothing, and throws when %s', async (_, error) => {
    documents = ['a', 'b'];
    await expect(sweep((id) => (id === 'a' ? Promise.reject(error) : done(id)))).rejects.toBe(error);
    expect(handled).toEqual(['b']);
    expect(sweeps.failures()).toEqual([]);
    expect(sweeps.notSkipped('things')).toEqual({});
  });
});
