import { describe, expect, it } from '@jest/globals';
import { offerTag, pickOffer } from '@ticketing/common';
import type { EventName, Listing, Offer, OrderData, RefusalReason, TicketData } from '@ticketing/common';
import {
  assertChangeable,
  assertOwner,
  edit,
  hold,
  list,
  refreshDerived,
  release,
  resendHold,
  currentStateEvents,
  sell,
  snapshot,
  ticketNotFound,
  withdraw,
} from '../src/ticket.ts';
import type { TicketState } from '../src/ticket.ts';
import { keywords } from '../src/words.ts';

/** The decisions about a ticket, as tables: given a state, when something happens, then what. No store, no bus. */

const CREATED = '2030-01-01T00:00:00.000Z';
const STARTS = '2031-06-01T18:00:00.000Z';
const NEVER = '9999-12-31T23:59:59.999Z';

const listing: Listing = {
  title: 'Jazz night',
  price: { amount: 2000, currency: 'usd' },
  venue: 'Opera',
  startsAt: STARTS,
  timeZone: 'Europe/Berlin',
  notes: 'Row 3',
};
/** What the buyer saw. */
const offer: Offer = pickOffer(listing);

type Given = TicketState['status'];
const GIVEN: Given[] = ['listed', 'held', 'sold', 'withdrawn'];
const isHeldOrSold = (status: Given) => status === 'held' || status === 'sold';

const HOLD = { orderId: 'ticket-2', buyerId: 'buyer', reservedUntil: '2030-01-01T00:15:00.000Z' };
/** The fencing token in these tables: the newest order known is number 2 at version 1. */
const SEEN: TicketState['seen'] = { number: 2, version: 1 };

/** A ticket in a state, frozen: a decision never changes what it is given. */
const ticketIn = (status: Given, changes: Partial<TicketState> = {}): TicketState =>
  frozen({
    _id: 'ticket',
    version: 4,
    sellerId: 'seller',
    ...listing,
    closesAt: STARTS,
    day: '2031-06-01',
    keywords: ['jazz', 'night', 'opera'],
    searchText: ' jazz night opera ',
    listingVersion: 2,
    status,
    ...(isHeldOrSold(status) && { hold: HOLD }),
    seen: SEEN,
    createdAt: CREATED,
    ...changes,
  });

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

const RESERVED_UNTIL: Record<number, string> = { 2: HOLD.reservedUntil, 3: '2030-01-01T01:15:00.000Z' };

const order = (number: number, version: number, changes: Partial<OrderData> = {}): OrderData =>
  frozen({
    id: `ticket-${number}`,
    version,
    ticketId: 'ticket',
    number,
    userId: 'buyer',
    status: 'created',
    offer,
    expiresAt: RESERVED_UNTIL[number] ?? '2029-01-01T00:15:00.000Z',
    ...changes,
  });

/** The data of ticket:created and ticket:updated: the listing, the order that holds it, and the highest order number. */
const dataOf = ({ version, status, hold: held, seen, delivery }: TicketState): TicketData => ({
  id: 'ticket',
  version,
  sellerId: 'seller',
  status,
  hasDelivery: delivery !== undefined,
  title: 'Jazz night',
  price: { amount: 2000, currency: 'usd' },
  venue: 'Opera',
  startsAt: STARTS,
  timeZone: 'Europe/Berlin',
  notes: 'Row 3',
  orderId: held?.orderId,
  buyerId: held?.buyerId,
  reservedUntil: held?.reservedUntil,
  lastOrder: seen.number === 0 ? undefined : seen.number,
});

const updated = (state: TicketState) => ({ name: 'ticket:updated', data: dataOf(state) });
const refusedFor = (reason: RefusalReason, orderId: string, version: number) => ({
  name: 'ticket:refused',
  data: { id: 'ticket', version, orderId, reason },
});

type Decided = ReturnType<typeof hold>;
/** The outcome of a decision: the state to save, if any, and the events. */
const outcomeOf = (decision: Decided) => decision && { next: decision.next, emits: decision.events };
const namesOf = (decision: Decided): EventName[] => (outcomeOf(decision)?.emits ?? []).map(({ name }) => name);
const problem = (status: number, code: string, extra: object = {}) =>
  expect.objectContaining({ status, problems: [{ code, message: expect.stringMatching(/\w/), ...extra }] });

const EVENTS = { 'order:created': hold, 'order:cancelled': release, 'order:completed': sell };
type OrderEvent = keyof typeof EVENTS;

type Then =
  | { kind: 'held' | 'sold'; to: Given; for: number }
  | { kind: 'listed' | 'kept'; to: Given }
  | { kind: 'refused'; to: Given; reason: RefusalReason }
  | { kind: 'answered' }
  | { kind: 'nothing' };

const nothing: Then = { kind: 'nothing' };
/** The same event again gets the same answer, because the first answer may be lost. */
const answered: Then = { kind: 'answered' };
const heldFor = (number: number): Then => ({ kind: 'held', to: 'held', for: number });
const soldTo = (number: number): Then => ({ kind: 'sold', to: 'sold', for: number });
const listed: Then = { kind: 'listed', to: 'listed' };
const stays = (to: Given): Then => ({ kind: 'kept', to });
const refused = (to: Given, reason: RefusalReason): Then => ({ kind: 'refused', to, reason });

const every = (then: Then): Record<Given, Then> => ({ listed: then, held: then, sold: then, withdrawn: then });

const ORDERS = {
  'older order 1 at version 9': [1, 9],
  'order 2 at its older version 0': [2, 0],
  'order 2 at the same version 1': [2, 1],
  'order 2 at its newer version 2': [2, 2],
  'newer order 3 at version 0': [3, 0],
} as const;
type AboutOrder = keyof typeof ORDERS;

const TABLE: Record<OrderEvent, Record<AboutOrder, Record<Given, Then>>> = {
  'order:created': {
    'older order 1 at version 9': every(nothing),
    'order 2 at its older version 0': every(nothing),
    'order 2 at the same version 1': every(answered),
    'order 2 at its newer version 2': {
      listed: heldFor(2),
      held: heldFor(2),
      sold: refused('sold', 'ticket-changed'),
      withdrawn: refused('withdrawn', 'ticket-withdrawn'),
    },
    'newer order 3 at version 0': {
      listed: heldFor(3),
      // The number proves that the order before has ended.
      held: heldFor(3),
      sold: refused('sold', 'ticket-changed'),
      withdrawn: refused('withdrawn', 'ticket-withdrawn'),
    },
  },
  'order:cancelled': {
    'older order 1 at version 9': every(nothing),
    'order 2 at its older version 0': every(nothing),
    'order 2 at the same version 1': every(nothing),
    'order 2 at its newer version 2': {
      listed,
      held: listed,
      sold: stays('sold'),
      withdrawn: stays('withdrawn'),
    },
    'newer order 3 at version 0': {
      listed,
      held: listed,
      sold: stays('sold'),
      withdrawn: stays('withdrawn'),
    },
  },
  'order:completed': {
    'older order 1 at version 9': every(nothing),
    'order 2 at its older version 0': every(nothing),
    'order 2 at the same version 1': every(nothing),
    'order 2 at its newer version 2': every(soldTo(2)),
    'newer order 3 at version 0': every(soldTo(3)),
  },
};

function titleOf(then: Then): string {
  switch (then.kind) {
    case 'held':
      return `is held for order ${then.for} and emits ticket:updated`;
    case 'sold':
      return `is sold to order ${then.for} and emits nothing`;
    case 'listed':
      return 'is listed and emits ticket:updated';
    case 'kept':
      return `stays ${then.to} and emits ticket:updated`;
    case 'refused':
      return `stays ${then.to} and emits ticket:refused (${then.reason}), ticket:updated`;
    case 'answered':
      return 'is not saved and emits ticket:updated again';
    case 'nothing':
      return 'is not saved and emits nothing';
  }
}

const CELLS = (Object.keys(TABLE) as OrderEvent[]).flatMap((event) =>
  (Object.keys(ORDERS) as AboutOrder[]).flatMap((about) =>
    GIVEN.map((given) => {
      const then = TABLE[event][about][given];
      const title = `a ${given} ticket that has consumed order 2 at version 1 ${titleOf(then)} on ${event} of ${about}`;
      return { title, event, about, given, then };
    }),
  ),
);

describe('every order event in every state of a ticket', () => {
  it.each(CELLS)('$title', ({ event, about, given, then }) => {
    const ticket = ticketIn(given);
    const [number, version] = ORDERS[about];
    const decision = EVENTS[event](ticket, order(number, version));
    if (then.kind === 'nothing') {
      expect(decision).toBeUndefined();
      return;
    }
    if (then.kind === 'answered') {
      expect(outcomeOf(decision)).toEqual({ emits: [updated(ticket)] });
      return;
    }
    const next: TicketState = { ...ticket, version: 5, status: then.to, seen: { number, version } };
    if (then.kind === 'held' || then.kind === 'sold')
      next.hold = {
        orderId: `ticket-${then.for}`,
        buyerId: 'buyer',
        reservedUntil: RESERVED_UNTIL[then.for] ?? '',
      };
    if (then.kind === 'listed') next.hold = undefined;
    if (then.kind !== 'refused') {
      // order:completed is the event of a sale.
      expect(outcomeOf(decision)).toEqual({ next, emits: then.kind === 'sold' ? [] : [updated(next)] });
      return;
    }
    next.seen = { number, version, refused: then.reason };
    expect(outcomeOf(decision)).toEqual({
      next,
      emits: [refusedFor(then.reason, `ticket-${number}`, 5), updated(next)],
    });
  });
});

describe('an order for a ticket that is not as the buyer saw it', () => {
  it.each<[string, Partial<Offer>]>([
    ['another amount', { price: { amount: 2001, currency: 'usd' } }],
    ['another currency', { price: { amount: 2000, currency: 'eur' } }],
    ['another title', { title: 'Rock night' }],
    ['another category', { category: 'sport' }],
    ['another city', { city: 'Paris' }],
    ['another section', { section: 'Stalls' }],
    ['another row', { row: 'Z' }],
    ['another seat', { seat: '99' }],
    ['another face value', { faceValue: { amount: 1999, currency: 'usd' } }],
    ['other restrictions', { restrictions: 'Restricted view' }],
    ['another venue', { venue: 'Arena' }],
    ['no venue', { venue: undefined }],
    ['another start', { startsAt: '2031-06-02T18:00:00.000Z' }],
    ['no start', { startsAt: undefined }],
    ['another time zone', { timeZone: 'Europe/Paris' }],
    ['no time zone', { timeZone: undefined }],
  ])('an offer with %s is refused with ticket-changed, and the ticket stays listed', (_, change) => {
    const ticket = ticketIn('listed');
    const next: TicketState = { ...ticket, version: 5, seen: { number: 3, version: 0, refused: 'ticket-changed' } };
    const decision = hold(ticket, order(3, 0, { offer: { ...offer, ...change } }));
    expect(outcomeOf(decision)).toEqual({ next, emits: [refusedFor('ticket-changed', 'ticket-3', 5), updated(next)] });
  });

  it.each([
    ['a venue', { venue: undefined }],
    ['a start', { startsAt: undefined }],
    ['a time zone', { timeZone: undefined }],
  ])('an offer with %s is refused with ticket-changed when the ticket has none', (_, change) => {
    expect(hold(ticketIn('listed', change), order(3, 0))?.next?.seen.refused).toBe('ticket-changed');
  });

  it('an offer of the ticket itself is refused with ticket-changed once its seller has removed it', () => {
    const promised = order(3, 0, { offer: { ...offer, hasDelivery: true } });
    expect(hold(ticketIn('listed'), promised)?.next?.seen.refused).toBe('ticket-changed');
    const delivery = { parts: [{ id: 'file-1', kind: 'file' as const }] };
    expect(hold(ticketIn('listed', { delivery }), promised)?.next?.status).toBe('held');
    // Added since: the buyer gets more than they saw.
    expect(hold(ticketIn('listed', { delivery }), order(3, 0))?.next?.status).toBe('held');
  });

  it.each<[Given, RefusalReason, Given]>([
    ['listed', 'ticket-changed', 'listed'],
    ['held', 'ticket-changed', 'listed'],
    ['sold', 'ticket-changed', 'sold'],
    ['withdrawn', 'ticket-withdrawn', 'withdrawn'],
  ])(
    'an offer with another price for a %s ticket is refused with %s, and the ticket is then %s',
    (given, reason, to) => {
      const ticket = ticketIn(given);
      const next: TicketState = {
        ...ticket,
        version: 5,
        status: to,
        hold: to === 'sold' ? HOLD : undefined,
        seen: { number: 3, version: 0, refused: reason },
      };
      const decision = hold(ticket, order(3, 0, { offer: { ...offer, price: { amount: 1, currency: 'usd' } } }));
      expect(outcomeOf(decision)).toEqual({ next, emits: [refusedFor(reason, 'ticket-3', 5), updated(next)] });
    },
  );

  it('an offer without venue, start and time zone is granted when the ticket has none of them either', () => {
    const bare = { venue: undefined, startsAt: undefined, timeZone: undefined };
    const ticket = ticketIn('listed', bare);
    expect(hold(ticket, order(3, 0, { offer: pickOffer(ticket) }))?.next?.status).toBe('held');
  });
});

describe('an order that was refused', () => {
  const REFUSED: [Given, RefusalReason][] = [
    ['listed', 'ticket-changed'],
    ['sold', 'ticket-changed'],
    ['withdrawn', 'ticket-changed'],
    ['withdrawn', 'ticket-withdrawn'],
  ];
  const refusedTicket = (given: Given, reason: RefusalReason) =>
    ticketIn(given, { seen: { ...SEEN, refused: reason } });

  it.each(REFUSED)(
    'a %s ticket is not saved and emits ticket:refused (%s) alone when order:created arrives again',
    (given, reason) => {
      const decision = hold(refusedTicket(given, reason), order(2, 1));
      expect(outcomeOf(decision)).toEqual({ emits: [refusedFor(reason, 'ticket-2', 4)] });
    },
  );

  it.each(REFUSED)(
    'a %s ticket that refused with %s is not saved and emits nothing when an older order:created arrives',
    (given, reason) => {
      expect(hold(refusedTicket(given, reason), order(1, 1))).toBeUndefined();
      expect(hold(refusedTicket(given, reason), order(2, 0))).toBeUndefined();
    },
  );

  it('a listed ticket that refused an order is held for the next one, and the refusal is cleared', () => {
    const decision = hold(refusedTicket('listed', 'ticket-changed'), order(3, 0));
    expect(decision?.next).toMatchObject({ status: 'held', hold: { orderId: 'ticket-3' } });
    expect(decision?.next?.seen).toEqual({ number: 3, version: 0 });
    expect(namesOf(decision)).toEqual(['ticket:updated']);
  });

  it.each(REFUSED)(
    'a %s ticket that refused with %s keeps its status and clears the refusal on order:cancelled',
    (given, reason) => {
      const decision = release(refusedTicket(given, reason), order(2, 2));
      expect(decision?.next?.status).toBe(given);
      expect(decision?.next?.seen).toEqual({ number: 2, version: 2 });
      expect(namesOf(decision)).toEqual(['ticket:updated']);
    },
  );
});

describe('order events that arrive twice, late or out of order', () => {
  const created = (number: number): [OrderEvent, OrderData] => ['order:created', order(number, 0)];
  const cancelled = (number: number): [OrderEvent, OrderData] => ['order:cancelled', order(number, 2)];
  const completed = (number: number): [OrderEvent, OrderData] => ['order:completed', order(number, 3)];
  const endOf = ({ status, hold: held }: TicketState) => (held ? `${status} for ${held.orderId}` : status);

  it.each<[string, string, [OrderEvent, OrderData][]]>([
    ['one order that is cancelled', 'listed', [created(1), cancelled(1)]],
    ['one order that is paid', 'sold for ticket-1', [created(1), completed(1)]],
    ['a cancelled order and a live one', 'held for ticket-2', [created(1), cancelled(1), created(2)]],
    ['two cancelled orders', 'listed', [created(1), cancelled(1), created(2), cancelled(2)]],
    ['a cancelled order and a paid one', 'sold for ticket-2', [created(1), cancelled(1), created(2), completed(2)]],
  ])('the events of %s, each twice and in any order, leave a new ticket %s', (_, expected, events) => {
    for (const permutation of permutations(events)) {
      let ticket = list('ticket', 'seller', listing, new Date(CREATED)).state;
      for (const [name, data] of [...permutation, ...permutation].flatMap((event) => [event, event]))
        ticket = EVENTS[name](frozen(ticket), data)?.next ?? ticket;
      const story = permutation.map(([name, { number }]) => `${name} ${number}`).join(', ');
      expect(`${story}: ${endOf(ticket)}`).toBe(`${story}: ${expected}`);
    }
  });
});

function permutations<T>(items: T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((others) => [item, ...others]),
  );
}

describe('the changes of a seller', () => {
  const REFUSALS: [Given, number, string, object][] = [
    ['held', 409, 'ticket-reserved', { reservedUntil: HOLD.reservedUntil }],
    ['sold', 409, 'ticket-sold', {}],
    ['withdrawn', 410, 'ticket-withdrawn', {}],
  ];

  it('editing a listed ticket replaces the listing, keeps the other fields and emits ticket:updated', () => {
    const ticket = ticketIn('listed');
    const decision = edit(ticket, {
      title: 'Rock opera',
      price: { amount: 3000, currency: 'eur' },
      venue: 'Arena',
      startsAt: '2031-07-01T18:00:00.000Z',
      timeZone: 'Europe/Paris',
      notes: 'Row 4',
    });
    expect(outcomeOf(decision)).toEqual({
      next: {
        _id: 'ticket',
        version: 5,
        sellerId: 'seller',
        title: 'Rock opera',
        price: { amount: 3000, currency: 'eur' },
        venue: 'Arena',
        startsAt: '2031-07-01T18:00:00.000Z',
        timeZone: 'Europe/Paris',
        notes: 'Row 4',
        closesAt: '2031-07-01T18:00:00.000Z',
        day: '2031-07-01',
        keywords: ['rock', 'opera', 'arena'],
        searchText: ' rock opera arena ',
        listingVersion: 5,
        status: 'listed',
        seen: SEEN,
        createdAt: CREATED,
      },
      emits: [
        {
          name: 'ticket:updated',
          data: {
            id: 'ticket',
            version: 5,
            sellerId: 'seller',
            status: 'listed',
            hasDelivery: false,
            title: 'Rock opera',
            price: { amount: 3000, currency: 'eur' },
            venue: 'Arena',
            startsAt: '2031-07-01T18:00:00.000Z',
            timeZone: 'Europe/Paris',
            notes: 'Row 4',
            lastOrder: 2,
          },
        },
      ],
    });
  });

  it('editing a listed ticket removes what the seller left out', () => {
    const decision = edit(ticketIn('listed'), { title: 'Jazz night', price: listing.price });
    expect(decision.next).toEqual({
      _id: 'ticket',
      version: 5,
      sellerId: 'seller',
      title: 'Jazz night',
      price: listing.price,
      closesAt: NEVER,
      keywords: ['jazz', 'night'],
      searchText: ' jazz night ',
      listingVersion: 5,
      status: 'listed',
      seen: SEEN,
      createdAt: CREATED,
    });
    expect(outcomeOf(decision)?.emits).toEqual([
      {
        name: 'ticket:updated',
        data: {
          id: 'ticket',
          version: 5,
          sellerId: 'seller',
          status: 'listed',
          hasDelivery: false,
          title: 'Jazz night',
          price: listing.price,
          lastOrder: 2,
        },
      },
    ]);
  });

  it('withdrawing a listed ticket makes it withdrawn and emits ticket:updated', () => {
    const ticket = ticketIn('listed');
    const next: TicketState = { ...ticket, version: 5, status: 'withdrawn' };
    expect(outcomeOf(withdraw(ticket))).toEqual({ next, emits: [updated(next)] });
  });

  it('a listed ticket may be changed', () => {
    expect(() => {
      assertChangeable(ticketIn('listed'));
    }).not.toThrow();
  });

  it.each([2, 3, 4])(
    'an edit is accepted from a seller who has seen version %i, since when only holds have changed',
    (seen) => {
      expect(edit(ticketIn('listed'), listing, seen).next).toMatchObject({ version: 5, listingVersion: 5 });
    },
  );

  it.each<[string, number, Partial<TicketState>]>([
    ['version 1, and version 2 changed the listing', 1, {}],
    ['version 3 of a ticket that an earlier release has listed', 3, { listingVersion: undefined }],
  ])('an edit is refused with 409 ticket-changed and the current ticket after %s', (_, seen, changes) => {
    const { lastOrder: _lastOrder, ...data } = JSON.parse(JSON.stringify(dataOf(ticketIn('listed')))) as TicketData;
    const ticket = { ...data, offerTag: offerTag(data) };
    expect(() => edit(ticketIn('listed', changes), listing, seen)).toThrow(problem(409, 'ticket-changed', { ticket }));
  });

  it.each(REFUSALS)('editing a %s ticket is refused with %i %s', (given, status, code, extra) => {
    expect(() => edit(ticketIn(given), listing)).toThrow(problem(status, code, extra));
  });

  it.each(REFUSALS)('withdrawing a %s ticket is refused with %i %s', (given, status, code, extra) => {
    expect(() => withdraw(ticketIn(given))).toThrow(problem(status, code, extra));
  });

  it.each(REFUSALS)('any change of a %s ticket is refused with %i %s', (given, status, code, extra) => {
    expect(() => {
      assertChangeable(ticketIn(given));
    }).toThrow(problem(status, code, extra));
  });

  it.each(GIVEN)('the seller of a %s ticket is its owner', (given) => {
    expect(() => {
      assertOwner(ticketIn(given), 'seller');
    }).not.toThrow();
  });

  it.each(GIVEN)(
    'another user who changes a %s ticket is refused with 403 not-your-ticket, whatever its state',
    (given) => {
      expect(() => {
        assertOwner(ticketIn(given), 'buyer');
      }).toThrow(problem(403, 'not-your-ticket'));
    },
  );
});

describe('listing a ticket', () => {
  it('a new ticket is listed at version 0, has consumed no order and emits ticket:created', () => {
    const { state, events } = list('ticket', 'seller', listing, new Date(CREATED));
    expect(state).toEqual({
      _id: 'ticket',
      version: 0,
      sellerId: 'seller',
      title: 'Jazz night',
      price: { amount: 2000, currency: 'usd' },
      venue: 'Opera',
      startsAt: STARTS,
      timeZone: 'Europe/Berlin',
      notes: 'Row 3',
      closesAt: STARTS,
      day: '2031-06-01',
      keywords: ['jazz', 'night', 'opera'],
      searchText: ' jazz night opera ',
      listingVersion: 0,
      status: 'listed',
      seen: { number: 0, version: -1 },
      createdAt: CREATED,
    });
    expect(events).toEqual([{ name: 'ticket:created', data: dataOf(state) }]);
  });

  it('a new ticket without a start never closes, and without a venue its keywords are those of its title', () => {
    const { state } = list('ticket', 'seller', { title: 'Rock', price: listing.price }, new Date(CREATED));
    expect(state).toMatchObject({ closesAt: NEVER, keywords: ['rock'] });
  });

  it('a new ticket is found by its city and its category, but not by the category "other"', () => {
    const wordsOf = (category: string) =>
      list('ticket', 'seller', { ...listing, city: 'Köln', category }, new Date(CREATED)).state.keywords;
    expect(wordsOf('concert')).toEqual(['jazz', 'night', 'opera', 'koln', 'concert', 'koeln']);
    expect(wordsOf('other')).toEqual(['jazz', 'night', 'opera', 'koln', 'koeln']);
  });

  it('a new ticket is held for its first order', () => {
    const { state } = list('ticket', 'seller', listing, new Date(CREATED));
    expect(hold(frozen(state), order(1, 0))?.next).toMatchObject({ status: 'held', hold: { orderId: 'ticket-1' } });
  });
});

describe('a listing whose face value is in another currency than its price', () => {
  const REFUSED = 'The face value must be in the currency of the price.';
  const odd: Listing = { ...listing, faceValue: { amount: 1500, currency: 'eur' } };

  it('is not listed', () => {
    expect(() => list('ticket', 'seller', odd, new Date(CREATED))).toThrow(REFUSED);
  });

  it('does not replace the listing of a ticket', () => {
    expect(() => edit(ticketIn('listed'), odd)).toThrow(REFUSED);
    expect(edit(ticketIn('listed'), { ...odd, price: { amount: 1500, currency: 'eur' } }).next).toMatchObject({
      faceValue: { amount: 1500, currency: 'eur' },
    });
  });
});

describe('the snapshot that events carry', () => {
  it.each(GIVEN)(
    'the snapshot of a %s ticket has its listing and highest order number, and its order only when it is held or sold',
    (given) => {
      const data = {
        id: 'ticket',
        version: 4,
        sellerId: 'seller',
        status: given,
        hasDelivery: false,
        ...listing,
        lastOrder: 2,
      };
      expect(snapshot(ticketIn(given))).toEqual(isHeldOrSold(given) ? { ...data, ...HOLD } : data);
    },
  );

  it('the snapshot of a ticket without any order has no order number', () => {
    expect(snapshot(ticketIn('listed', { seen: { number: 0, version: -1 } }))).not.toHaveProperty('lastOrder');
  });

  it.each(GIVEN)('a %s ticket is republished as ticket:updated', (given) => {
    expect(currentStateEvents(ticketIn(given))).toEqual([updated(ticketIn(given))]);
  });
});

describe('a hold that should have ended', () => {
  it('a held ticket is not saved and emits ticket:updated again', () => {
    expect(outcomeOf(resendHold(ticketIn('held')))).toEqual({ emits: [updated(ticketIn('held'))] });
  });

  it.each<[Given]>([['listed'], ['sold'], ['withdrawn']])('a %s ticket is not saved and emits nothing', (given) => {
    expect(resendHold(ticketIn(given))).toBeUndefined();
  });
});

describe('the fields that an earlier release has derived', () => {
  it.each<[string, Partial<TicketState>]>([
    ['other words', { keywords: ['jazz'] }],
    ['no text for searches', { searchText: undefined }],
    ['no day', { day: undefined }],
    ['no version of its listing', { listingVersion: undefined }],
  ])('are derived again in a listed ticket with %s, which emits ticket:updated', (_, changes) => {
    const decision = refreshDerived(ticketIn('listed', changes));
    const next = { ...ticketIn('listed'), version: 5, ...('listingVersion' in changes && { listingVersion: 5 }) };
    expect(outcomeOf(decision)).toEqual({ next, emits: [updated(next)] });
  });

  it.each<Given>(['sold', 'withdrawn'])('stay in a ticket that is %s, which nobody looks for', (given) => {
    expect(refreshDerived(ticketIn(given, { keywords: [] }))).toBeUndefined();
  });

  it.each<Given>(['listed', 'held'])('stay in a ticket that is %s when this release would derive the same', (given) => {
    expect(refreshDerived(ticketIn(given))).toBeUndefined();
  });
});

describe('the day of a ticket', () => {
  it.each([
    ['Europe/Berlin', '2031-06-01T21:59:00.000Z', '2031-06-01'],
    ['Europe/Berlin', '2031-06-01T22:00:00.000Z', '2031-06-02'],
    ['America/New_York', '2031-06-02T03:59:00.000Z', '2031-06-01'],
    ['Pacific/Kiritimati', '2031-06-01T11:00:00.000Z', '2031-06-02'],
    [undefined, '2031-06-01T23:59:00.000Z', '2031-06-01'],
    ['Mars/Olympus', '2031-06-01T23:59:00.000Z', '2031-06-01'],
  ])('in %s, which starts at %s, is %s', (timeZone, startsAt, day) => {
    expect(list('ticket', 'seller', { ...listing, startsAt, timeZone }, new Date(CREATED)).state.day).toBe(day);
  });
});

describe('the keywords of a ticket', () => {
  it.each<[string, string, string[]]>([
    ['are in lower case', 'Jazz NIGHT', ['jazz', 'night']],
    ['are without accents', 'Café Zürich', ['cafe', 'zurich', 'zuerich']],
    ['are without accents that are characters of their own', 'Cafe\u0301', ['cafe']],
    ['are in the compatible form', 'ﬁnal １２', ['final', '12', 'final12']],
    ['are distinct', 'go Go GO stop go', ['go', 'stop', 'gogo', 'gostop', 'stopgo']],
    [
      'are split at other characters, and also joined',
      'rock/pop, 2031!',
      ['rock', 'pop', '2031', 'rockpop', 'pop2031'],
    ],
    ['are joined when one of two is short', 'Fado in Lisbon', ['fado', 'in', 'lisbon', 'fadoin', 'inlisbon']],
    ['are of any script', 'Москва 東京', ['москва', '東京', '京']],
    ['have digits of any script', 'room ٣', ['room', '٣', 'room٣']],
    ['are none in a text without letters and digits', ' ?! ', []],
    ['are none in an empty text', '', []],
  ])('the keywords %s: %j', (_, text, expected) => {
    expect(keywords(text)).toEqual(expected);
  });
});

describe('a ticket that does not exist', () => {
  it('an unknown ticket is refused with 404 ticket-not-found', () => {
    expect(ticketNotFound()).toEqual(problem(404, 'ticket-not-found'));
  });
});
