import { describe, expect, it } from '@jest/globals';
import { acquireSlot, noHolds, pauseAfterUnpaid, releaseSlot } from '../src/hold-slots.ts';
import type { EndedHold, Hold, HoldSlotsState } from '../src/hold-slots.ts';

const now = new Date('2030-01-02T12:00:00.000Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const hold = (orderId: string, userId?: string): Hold => ({
  orderId,
  at: minutesAgo(20),
  ...(userId !== undefined && { userId }),
});
const ends = (outcome: EndedHold['outcome'], minutes: number, of: Hold): EndedHold => ({
  hold: of,
  at: minutesAgo(minutes),
  outcome,
});
const slots = (holds: Hold[], unpaid?: HoldSlotsState['unpaid']): HoldSlotsState => ({
  ...noHolds('u'),
  holds,
  unpaid,
});
const limits = { limit: 3, pauseSeconds: 900, now };

describe('hold slots', () => {
  it('are acquired once for each hold, and by two buyers of a network for the same order', () => {
    const [ann, ben] = [hold('a-1', 'ann'), hold('a-1', 'ben')];
    const first = acquireSlot(noHolds('network:x'), ann, limits)?.next ?? noHolds('');
    expect(acquireSlot(first, ann, limits)).toBeUndefined();
    const both = acquireSlot(first, ben, limits)?.next ?? noHolds('');
    expect(both.holds).toEqual([ann, ben]);
    expect(releaseSlot(both, ann)?.next?.holds).toEqual([ben]);
    expect(releaseSlot(both, hold('a-1'))).toBeUndefined();
  });

  it('count each unpaid hold once, by the compare-and-set that releases its slot', () => {
    const [one, two] = [hold('a-1'), hold('b-1')];
    const ended = [ends('unpaid', 5, two), ends('unpaid', 9, one)];
    const next = acquireSlot(slots([one, two]), hold('c-1'), { ...limits, ended })?.next;
    expect(next).toMatchObject({ holds: [hold('c-1')], unpaid: { count: 2, lastAt: minutesAgo(5) } });
    const again = acquireSlot(next ?? noHolds(''), hold('d-1'), { ...limits, ended })?.next;
    expect(again?.unpaid?.count).toBe(2);
  });

  it('forget unpaid holds when a later one was paid, and after a day', () => {
    const [one, two, three] = [hold('a-1'), hold('b-1'), hold('c-1')];
    const ended = [ends('unpaid', 9, one), ends('paid', 5, two), ends('neither', 1, three)];
    const full = slots([one, two, three], { count: 7, lastAt: minutesAgo(10) });
    expect(acquireSlot(full, hold('d-1'), { ...limits, ended })?.next?.unpaid).toBeUndefined();
    const old = slots([], { count: 7, lastAt: minutesAgo(24 * 60) });
    expect(acquireSlot(old, hold('d-1'), limits)).toBeDefined();
  });

  it.each([
    [3, 0, undefined],
    [4, 0, 900],
    [4, 14, 60],
    [4, 15, undefined],
    [5, 0, 1800],
    [6, 0, 3600],
    [40, 0, 24 * 3600],
  ])('after %d unpaid holds, the last %d minutes ago, pause for %s s', (count, minutes, seconds) => {
    const state = slots([], { count, lastAt: minutesAgo(minutes) });
    const until = seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000).toISOString();
    expect(pauseAfterUnpaid(state, limits)).toBe(until);
    expect(acquireSlot(state, hold('a-1'), limits) === undefined).toBe(until !== undefined);
    expect(acquireSlot(state, hold('a-1'), { ...limits, pauseSeconds: 0 })).toBeDefined();
  });

  it('are not acquired before it is known how the holds ended that could make the buyer pause', () => {
    const recorded = slots([hold('a-1')], { count: 3, lastAt: minutesAgo(1) });
    expect(acquireSlot(recorded, hold('b-1'), limits)).toBeUndefined();
    expect(acquireSlot(recorded, hold('b-1'), { ...limits, ended: [] })).toBeDefined();
    expect(acquireSlot(recorded, hold('b-1'), { ...limits, pauseSeconds: 0 })).toBeDefined();
    expect(acquireSlot(slots([hold('a-1'), hold('b-1')]), hold('c-1'), limits)).toBeDefined();
  });
});
