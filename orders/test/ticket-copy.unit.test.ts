import { describe, expect, it } from '@jest/globals';
import { sameOffer } from '@ticketing/common';
import type { TicketData } from '@ticketing/common';
import { copyOf, recordOrderNumber, replaceCopy } from '../src/ticket-copy.ts';
import type { TicketCopyState } from '../src/ticket-copy.ts';

/** The decisions about the copy of a ticket. No store, no bus. */

const A = { title: 'Jazz night', price: { amount: 2000, currency: 'usd' } };
const B = { title: 'Jazz night', price: { amount: 2500, currency: 'usd' } };

const ticketAt = (version: number, changes: Partial<TicketData> = {}): TicketData => ({
  ...{ id: 'ticket', version, sellerId: 'seller', status: 'listed' },
  ...A,
  ...changes,
});
/** The ticket while its order `number` holds it. */
const heldFor = (number: number, version: number, changes: Partial<TicketData> = {}) =>
  ticketAt(version, {
    ...{ status: 'held', orderId: `ticket-${number}`, buyerId: 'buyer', lastOrder: number },
    reservedUntil: '2030-01-01T00:15:00.000Z',
    ...changes,
  });

/** The copy after an event of the ticket, saved or not. */
const after = (copy: TicketCopyState | undefined, ticket: TicketData): TicketCopyState =>
  copy ? (replaceCopy(copy, ticket)?.next ?? copy) : copyOf(ticket);

describe('a new copy of a ticket', () => {
  it.each<[TicketData['status'], TicketCopyState['status']]>([
    ['listed', 'listed'],
    ['held', 'listed'],
    ['sold', 'listed'],
    ['withdrawn', 'withdrawn'],
  ])('has the seller, the offer and the version of a ticket that is %s, and is itself %s', (status, expected) => {
    const ticket = ticketAt(4, { status, venue: 'Opera', notes: 'Row 3' });
    expect(copyOf(ticket)).toEqual({
      ...{ _id: 'ticket', version: 4, sellerId: 'seller', status: expected },
      offer: { ...A, venue: 'Opera', notes: 'Row 3' },
    });
  });

  it('has the highest order number that the ticket names, also when no order holds the ticket', () => {
    expect(copyOf(heldFor(3, 5)).lastOrder).toBe(3);
    expect(copyOf(ticketAt(6, { lastOrder: 3 })).lastOrder).toBe(3);
    expect(copyOf(ticketAt(0))).not.toHaveProperty('lastOrder');
  });
});

describe('the copy of a ticket at version 4', () => {
  const copy = copyOf(ticketAt(4));

  it.each([0, 3, 4])('is not replaced by version %i, even with another offer and status', (version) => {
    expect(replaceCopy(copy, ticketAt(version, { ...B, status: 'withdrawn', lastOrder: 9 }))).toBeUndefined();
  });

  it.each<[string, TicketData]>([
    ['is held', heldFor(1, 5)],
    ['is sold', ticketAt(5, { status: 'sold', orderId: 'ticket-1', lastOrder: 1 })],
  ])('is not written when the ticket %s one version ahead', (_, ticket) => {
    expect(replaceCopy(copy, ticket)).toBeUndefined();
  });

  it.each<[string, TicketData]>([
    ['another price', ticketAt(5, B)],
    ['another title', ticketAt(5, { title: 'Rock night' })],
    ['a venue', ticketAt(5, { venue: 'Opera' })],
    ['other notes', ticketAt(5, { notes: 'Row 4' })],
    ['a start', ticketAt(5, { startsAt: '2031-06-01T18:00:00.000Z' })],
    ['a time zone', ticketAt(5, { timeZone: 'Europe/Berlin' })],
    ['been withdrawn', ticketAt(5, { status: 'withdrawn' })],
    ['another price and is held', heldFor(1, 5, B)],
  ])('is replaced, without an event, when the ticket has %s one version ahead', (_, ticket) => {
    expect(replaceCopy(copy, ticket)).toEqual({ next: copyOf(ticket), events: [] });
  });

  it('is replaced by a version two ahead even if only the version differs', () => {
    expect(replaceCopy(copy, ticketAt(6))).toEqual({ next: { ...copy, version: 6 }, events: [] });
  });

  it('has the order number of a ticket that was held and released', () => {
    const held = after(copy, heldFor(1, 5));
    expect(held).toBe(copy);
    expect(after(held, ticketAt(6, { lastOrder: 1 }))).toEqual({ ...copy, version: 6, lastOrder: 1 });
  });

  it('keeps its order number when the ticket names none or an older one', () => {
    const counted = { ...copy, lastOrder: 7 };
    expect(replaceCopy(counted, ticketAt(5, B))?.next?.lastOrder).toBe(7);
    expect(replaceCopy(counted, ticketAt(6, { lastOrder: 6 }))?.next?.lastOrder).toBe(7);
    expect(replaceCopy(counted, ticketAt(6, { lastOrder: 8 }))?.next?.lastOrder).toBe(8);
  });
});

describe('events of a ticket that arrive twice, late or out of order', () => {
  it.each<[string, TicketData[]]>([
    ['edits from A to B and back', [ticketAt(0), ticketAt(1, B), ticketAt(2)]],
    ['a hold that is released', [ticketAt(0), heldFor(1, 1), ticketAt(2, { lastOrder: 1 })]],
    [
      'a hold between edits from A to B and back',
      [
        ticketAt(0),
        ticketAt(1, B),
        heldFor(1, 2, B),
        ticketAt(3, { ...B, lastOrder: 1 }),
        ticketAt(4, { lastOrder: 1 }),
        heldFor(2, 5),
      ],
    ],
    [
      'two holds and a withdrawal',
      [
        ticketAt(0),
        heldFor(1, 1),
        ticketAt(2, { lastOrder: 1 }),
        heldFor(2, 3),
        ticketAt(4, { lastOrder: 2 }),
        ticketAt(5, { status: 'withdrawn', lastOrder: 2 }),
      ],
    ],
  ])('%s, each delivered twice and in any order: the copy always equals the newest delivered', (_, history) => {
    const wrong: string[] = [];
    for (const permutation of permutations(history)) {
      let copy: TicketCopyState | undefined;
      let newest = 0;
      for (const ticket of [...permutation, ...permutation].flatMap((one) => [one, one])) {
        copy = after(copy, ticket);
        newest = Math.max(newest, ticket.version);
        const { status, offer } = copyOf(history[newest] ?? ticket);
        if (copy.status !== status || !sameOffer(copy.offer, offer))
          wrong.push(`${permutation.map(({ version }) => version).join()}: after ${ticket.version}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a hold and its release, in any order: the copy has the number of the order', () => {
    for (const permutation of permutations([ticketAt(0), heldFor(1, 1), ticketAt(2, { lastOrder: 1 })])) {
      const copy = permutation.reduce<TicketCopyState | undefined>(after, undefined);
      expect(copy?.lastOrder).toBe(1);
    }
  });
});

function permutations<T>(items: T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((others) => [item, ...others]),
  );
}

describe('the number of an order', () => {
  it('is recorded in the copy when it is newer, without a new version or an event', () => {
    const copy = copyOf(ticketAt(4));
    expect(recordOrderNumber(copy, 1)).toEqual({ next: { ...copy, lastOrder: 1 }, events: [] });
    expect(recordOrderNumber({ ...copy, lastOrder: 2 }, 3)?.next?.lastOrder).toBe(3);
  });

  it.each([1, 2])('is not recorded when it is %i and the copy has 2', (number) => {
    expect(recordOrderNumber({ ...copyOf(ticketAt(4)), lastOrder: 2 }, number)).toBeUndefined();
  });
});
