import { describe, expect, it } from '@jest/globals';
import { createHeldTickets, holdNote, soonestHold } from '../src/lib/held-tickets.ts';
import { isHolding } from '../src/lib/holding-cookie.ts';

const serverNow = '2031-06-01T10:00:00.000Z';
const order = (
  id: string,
  minutes: number,
  status: 'created' | 'awaiting:payment' | 'capturing' = 'awaiting:payment',
) => ({
  ...{ id, status, serverNow, ticket: { title: `Ticket ${id}` } },
  expiresAt: new Date(Date.parse(serverNow) + minutes * 60_000).toISOString(),
});

describe('the hold in the bar', () => {
  it('is that of the order whose time ends first, of those that can be paid', () => {
    const orders = [order('later', 9), order('sooner', 3), order('over', -1), order('paying', 1, 'capturing')];
    expect(soonestHold(orders.map(holdNote))?.orderId).toBe('sooner');
    expect(soonestHold([holdNote(order('over', 0))])).toBeUndefined();
  });

  it('is gone when the page of its order has noted that, and the next one is shown', () => {
    const held = createHeldTickets();
    let notified = 0;
    held.subscribe(() => notified++);
    held.note(holdNote(order('a', 3)));
    held.note(holdNote(order('b', 9)));
    expect(held.get()?.orderId).toBe('a');
    held.note({ ...holdNote(order('a', 3)), held: undefined });
    expect([held.get()?.orderId, held.knows('a'), notified]).toEqual(['b', true, 3]);
  });

  it('stays gone when a page from before is shown again, and is what a later one shows', () => {
    const held = createHeldTickets();
    const before = holdNote(order('a', 3));
    const at = (minutes: number) => new Date(Date.parse(serverNow) + minutes * 60_000).toISOString();
    held.note({ orderId: 'a', at: at(1), held: undefined });
    held.note(before);
    expect(held.get()).toBeUndefined();
    held.note({ ...before, at: at(2) });
    expect(held.get()?.orderId).toBe('a');
  });
});

it('the hint of a hold is the cookie of this name alone', () => {
  expect(['holding=1', 'a=b; holding=1', 'holding=1; a=b'].map(isHolding)).toEqual([true, true, true]);
  expect(['', 'upholding=1', 'holding=10', 'a=holding=1', null, undefined].map(isHolding)).toEqual(
    Array(6).fill(false),
  );
});
