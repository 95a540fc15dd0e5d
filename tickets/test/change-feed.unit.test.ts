import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TicketChange } from '@ticketing/common/shapes';
import { silentLog } from '@ticketing/core/testing';
import { changeFeed } from '../src/live/change-feed.ts';
import type { ChangeFeed } from '../src/live/change-feed.ts';

type Row = TicketChange & { changedAt: string };

let stored: Row[];
let reads: number;
let isDown: boolean;
let feed: ChangeFeed;
let got: (TicketChange | 'missed' | 'closed')[];

const watcher = {
  changed: (changes: TicketChange[]) => got.push(...changes),
  missed: () => got.push('missed'),
  closed: () => got.push('closed'),
};

beforeEach(() => {
  jest.useFakeTimers();
  [stored, reads, isDown, got] = [[], 0, false, []];
  feed = changeFeed({
    read({ changedAt, _id }, limit) {
      reads++;
      if (isDown) return Promise.reject(new Error('the store is down'));
      const isAfter = (row: Row) => row.changedAt > changedAt || (row.changedAt === changedAt && row.id > _id);
      return Promise.resolve(stored.filter(isAfter).slice(0, limit));
    },
    now: () => new Date(),
    log: silentLog,
  });
});
afterEach(() => {
  jest.useRealTimers();
});

const change = (id: string, version: number): TicketChange => ({ id, version, status: 'held' });
/** Saves a change as another instance does, at a time that is so many milliseconds from now. */
const savedElsewhere = (id: string, version: number, ms = 0) =>
  stored.push({ ...change(id, version), changedAt: new Date(Date.now() + ms).toISOString() });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the feed of changes', () => {
  it('announces a change of this instance at once, and those that follow closely together', async () => {
    feed.watch(watcher);
    feed.saved(change('a', 1));
    await pass(1);
    expect(got).toEqual([change('a', 1)]);
    feed.saved(change('a', 2));
    feed.saved(change('a', 3));
    feed.saved(change('b', 1));
    await pass(100);
    expect(got).toHaveLength(1);
    await pass(100);
    expect(got.slice(1)).toEqual([change('a', 3), change('b', 1)]);
  });

  it('finds the changes of other instances, also of one whose clock is 2 s behind', async () => {
    feed.watch(watcher);
    await pass(1000);
    savedElsewhere('a', 1);
    savedElsewhere('b', 4, -2000);
    await pass(600);
    expect(got).toEqual(expect.arrayContaining([change('a', 1), change('b', 4)]));
  });

  it('announces each version once, and none that is older', async () => {
    feed.watch(watcher);
    feed.saved(change('a', 2));
    savedElsewhere('a', 2);
    await pass(2000);
    feed.saved(change('a', 1));
    await pass(2000);
    expect(got).toEqual([change('a', 2)]);
  });

  it('reads nothing from the store while nobody watches', async () => {
    await pass(5000);
    expect(reads).toBe(0);
    const stop = feed.watch(watcher);
    await pass(5000);
    expect(reads).toBeGreaterThan(10);
    stop();
    await pass(1000);
    const before = reads;
    await pass(5000);
    expect(reads).toBe(before);
  });

  it('announces after an outage of the store what has changed during it', async () => {
    feed.watch(watcher);
    isDown = true;
    await pass(60_000);
    savedElsewhere('a', 1, -50_000);
    isDown = false;
    await pass(1000);
    expect(got).toEqual([change('a', 1)]);
  });

  it('tells that changes were missed when there are too many to announce them one by one', async () => {
    feed.watch(watcher);
    isDown = true;
    await pass(60_000);
    for (let i = 0; i < 6000; i++) savedElsewhere(`ticket-${String(i).padStart(4, '0')}`, 1, -50_000);
    isDown = false;
    await pass(1000);
    expect(got).toEqual(['missed']);
  });

  it('has the newest change of each ticket since a position, and nothing when there are more than 500', async () => {
    savedElsewhere('a', 1, -10_000);
    savedElsewhere('b', 1);
    expect(await feed.since(Date.now() - 1000)).toEqual([change('b', 1)]);
    for (let i = 0; i < 500; i++) savedElsewhere(`c${i}`, 1, 1);
    expect(await feed.since(Date.now() - 1000)).toBeUndefined();
  });

  it('tells its watchers once when it is closed, and stops reading', async () => {
    feed.watch(watcher);
    feed.close();
    const before = reads;
    await pass(5000);
    expect({ got, isClosed: feed.isClosed(), reads }).toEqual({ got: ['closed'], isClosed: true, reads: before });
  });
});
