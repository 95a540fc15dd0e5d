import { describe, expect, it } from '@jest/globals';
import { randomTicketId } from '@ticketing/core/testing';
import { freeSlot, pauseAfterUnpaid } from '../src/hold-slots.ts';
import type { EarlierOrder } from '../src/hold-slots.ts';

const now = new Date('2030-01-02T12:00:00.000Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const options = { pauseSeconds: 900, now };

describe('a free slot', () => {
  it('is one of those below the limit that are not taken, until none is', () => {
    const taken: string[] = [];
    for (const orderId of ['a-1', 'b-1', 'c-1']) taken.push(freeSlot('u', { taken, limit: 3, orderId }) ?? 'none');
    expect(taken.sort()).toEqual(['u 0', 'u 1', 'u 2']);
    expect(freeSlot('u', { taken, limit: 3, orderId: 'd-1' })).toBeUndefined();
  });

  it('is not given where a former, higher limit is used up', () => {
    expect(freeSlot('u', { taken: ['u 5', 'u 6'], limit: 2, orderId: 'a-1' })).toBeUndefined();
    expect(freeSlot('u', { taken: ['u 5'], limit: 2, orderId: 'a-1' })).toMatch(/^u [01]$/);
  });

  it('is rarely the same for two orders, where the limit is high', () => {
    const options = { taken: [], limit: 1_000_000 };
    const slots = Array.from({ length: 100 }, () => freeSlot('u', { ...options, orderId: `${randomTicketId()}-1` }));
    expect(new Set(slots).size).toBeGreaterThan(95);
  });
});

const ended = (minutes: number, status: EarlierOrder['status'], reason?: EarlierOrder['reason']): EarlierOrder => ({
  ...{ status, reason, updatedAt: minutesAgo(minutes) },
});
const unpaid = (count: number, minutes: number) =>
  Array.from({ length: count }, (_, index) => ended(minutes + index, 'cancelled', index % 2 ? 'buyer' : 'expired'));

describe('a pause after unpaid holds', () => {
  it.each([
    [3, 0, undefined],
    [4, 0, 900],
    [4, 14, 60],
    [4, 15, undefined],
    [5, 0, 1800],
    [6, 0, 3600],
    [30, 0, 24 * 3600],
  ])('after %d in a row, the last %d minutes ago, ends in %s s', (count, minutes, seconds) => {
    const until = seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000).toISOString();
    expect(pauseAfterUnpaid(unpaid(count, minutes), options)).toBe(until);
  });

  it('counts in the order in which they ended', () => {
    const [first, ...later] = unpaid(5, 1).reverse();
    expect(pauseAfterUnpaid([...later, ended(3.5, 'complete'), ...(first ? [first] : [])], options)).toBeUndefined();
  });

  it('does not count orders that are not over, were refused, or ended before one that was paid', () => {
    const others = [ended(0, 'capturing'), ended(2, 'cancelled', 'ticket-changed')];
    expect(pauseAfterUnpaid([...others, ...unpaid(3, 1)], options)).toBeUndefined();
    expect(pauseAfterUnpaid([...others, ...unpaid(4, 1)], options)).toBeDefined();
    expect(pauseAfterUnpaid([...unpaid(3, 1), ended(10, 'complete'), ...unpaid(9, 20)], options)).toBeUndefined();
  });

  it('does not count those before a day without any', () => {
    expect(pauseAfterUnpaid([...unpaid(1, 1), ...unpaid(9, 24 * 60 + 1)], options)).toBeUndefined();
    expect(pauseAfterUnpaid([...unpaid(1, 1), ...unpaid(9, 23 * 60)], options)).toBeDefined();
    expect(pauseAfterUnpaid(unpaid(9, 24 * 60), options)).toBeUndefined();
  });
});
