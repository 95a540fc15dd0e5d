import { describe, expect, it } from '@jest/globals';
import type { CancelReason, EventName, Offer, OrderStatus } from '@ticketing/common';
import type { Moment } from '@ticketing/common/shapes';
import {
  cancel,
  claim,
  complete,
  expire,
  fail,
  orderId,
  orderNotFound,
  place,
  refuse,
  reserve,
  currentStateEvents,
  resend,
} from '../src/order.ts';
import type { OrderState } from '../src/order.ts';

/** The decisions about an order, as tables: given a state, when something happens, then what. No store, no bus. */

const PLACED = '2030-01-01T00:00:00.000Z';
const NOW = new Date('2030-01-01T00:10:00.000Z');
const EXPIRES = '2030-01-01T00:15:00.000Z';
const afterExpiry = (ms: number) => new Date(Date.parse(EXPIRES) + ms);

const offer: Offer = {
  title: 'Concert',
  price: { amount: 2000, currency: 'usd' },
  venue: 'Hall',
  startsAt: '2031-06-01T18:00:00.000Z',
  timeZone: 'Europe/Berlin',
};

type Given = Exclude<OrderStatus, 'cancelled'> | `cancelled (${CancelReason})`;

const placed: Moment = { status: 'created', at: PLACED };
const reserved: Moment = { status: 'awaiting:payment', at: '2030-01-01T00:00:01.000Z' };
const claimed: Moment = { status: 'capturing', at: '2030-01-01T00:05:00.000Z' };
const completed: Moment = { status: 'complete', at: '2030-01-01T00:05:01.000Z' };
const cancelled = (reason: CancelReason): Moment => ({ status: 'cancelled', at: '2030-01-01T00:05:02.000Z', reason });

const HISTORIES: Record<Given, [...Moment[], Moment]> = {
  created: [placed],
  'awaiting:payment': [placed, reserved],
  capturing: [placed, reserved, claimed],
  complete: [placed, reserved, claimed, completed],
  'cancelled (buyer)': [placed, reserved, cancelled('buyer')],
  'cancelled (expired)': [placed, reserved, cancelled('expired')],
  'cancelled (ticket-changed)': [placed, cancelled('ticket-changed')],
  'cancelled (ticket-withdrawn)': [placed, cancelled('ticket-withdrawn')],
  'cancelled (payment-failed)': [placed, reserved, claimed, cancelled('payment-failed')],
};
const GIVEN = Object.keys(HISTORIES) as Given[];

/** An order in a state, frozen: a decision never changes what it is given. */
function orderIn(given: Given): OrderState {
  const history = HISTORIES[given];
  const { status, at, reason } = history.at(-1) ?? placed;
  return frozen({
    _id: 'ticket-7',
    version: history.length - 1,
    ticketId: 'ticket',
    number: 7,
    userId: 'buyer',
    status,
    ...(reason && { reason }),
    offer,
    expiresAt: EXPIRES,
    createdAt: PLACED,
    updatedAt: at,
    history,
  });
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** The data of every event of an order: its whole state. */
const dataOf = ({ _id, version, status, reason }: OrderState) => ({
  id: _id,
  version,
  ticketId: 'ticket',
  number: 7,
  userId: 'buyer',
  status,
  reason,
  offer,
  expiresAt: EXPIRES,
});

type Decided = ReturnType<typeof reserve>;
/** The outcome of a decision: the state to save, if any, and the events. */
const outcomeOf = (decision: Decided) => decision && { next: decision.next, emits: decision.events };
const namesOf = (decision: Decided) => (outcomeOf(decision)?.emits ?? []).map(({ name }) => name);

type Then =
  | { kind: 'moves'; to: OrderStatus; emits?: EventName; reason?: CancelReason }
  | { kind: 'republishes'; emits?: EventName }
  | { kind: 'nothing' }
  | { kind: 'refused'; code: string };

const moves = (to: OrderStatus, emits: EventName): Then => ({ kind: 'moves', to, emits });
/** Tickets has already emitted the event that holds the ticket for the order. */
const awaitsPayment: Then = { kind: 'moves', to: 'awaiting:payment' };
const cancels = (reason: CancelReason): Then => ({ kind: 'moves', to: 'cancelled', emits: 'order:cancelled', reason });
const republishes = (emits: EventName): Then => ({ kind: 'republishes', emits });
const hasNoEvent: Then = { kind: 'republishes' };
const nothing: Then = { kind: 'nothing' };
const orderClosed: Then = { kind: 'refused', code: 'order-closed' };

/** The same outcome for every cancel reason. */
const cancelledFor = (reasons: CancelReason[], then: Then) =>
  Object.fromEntries(reasons.map((reason) => [`cancelled (${reason})`, then])) as Record<
    `cancelled (${CancelReason})`,
    Then
  >;
const anyCancelled = (then: Then) =>
  cancelledFor(['buyer', 'expired', 'ticket-changed', 'ticket-withdrawn', 'payment-failed'], then);

interface Row {
  decide: (order: OrderState, now: Date) => Decided;
  /** The time, where the end of the hold matters. */
  now?: Date;
  then: Record<Given, Then>;
}

const TABLE = {
  'ticket:updated (held) is consumed': {
    decide: reserve,
    then: {
      created: awaitsPayment,
      'awaiting:payment': nothing,
      capturing: nothing,
      // The hold has outlived the order: tickets is sent the final event again, and releases the hold.
      complete: republishes('order:completed'),
      ...anyCancelled(republishes('order:cancelled')),
    },
  },
  'ticket:refused (ticket-changed) is consumed': {
    decide: (order, now) => refuse(order, 'ticket-changed', now),
    then: {
      created: cancels('ticket-changed'),
      'awaiting:payment': nothing,
      capturing: nothing,
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'ticket:refused (ticket-withdrawn) is consumed': {
    decide: (order, now) => refuse(order, 'ticket-withdrawn', now),
    then: {
      created: cancels('ticket-withdrawn'),
      'awaiting:payment': nothing,
      capturing: nothing,
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'payment:authorized is consumed': {
    decide: claim,
    then: {
      // The event of the hold may arrive later: payments has consumed it, so the ticket is held.
      created: moves('capturing', 'order:claimed'),
      'awaiting:payment': moves('capturing', 'order:claimed'),
      // Payments waits for an answer, so it always gets one.
      capturing: republishes('order:claimed'),
      complete: republishes('order:completed'),
      ...anyCancelled(republishes('order:cancelled')),
    },
  },
  'payment:captured is consumed': {
    decide: complete,
    then: {
      created: nothing,
      'awaiting:payment': nothing,
      capturing: moves('complete', 'order:completed'),
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'payment:failed is consumed': {
    decide: fail,
    then: {
      created: nothing,
      'awaiting:payment': nothing,
      capturing: cancels('payment-failed'),
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'expiration:complete is consumed 1 ms before the hold ends': {
    now: afterExpiry(-1),
    decide: expire,
    then: {
      created: nothing,
      'awaiting:payment': nothing,
      capturing: nothing,
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'expiration:complete is consumed as the hold ends': {
    now: afterExpiry(0),
    decide: expire,
    then: {
      created: cancels('expired'),
      'awaiting:payment': cancels('expired'),
      capturing: nothing,
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'expiration:complete is consumed a day after the hold ended': {
    now: afterExpiry(86_400_000),
    decide: expire,
    then: {
      created: cancels('expired'),
      'awaiting:payment': cancels('expired'),
      capturing: nothing,
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'the buyer cancels': {
    decide: cancel,
    then: {
      created: cancels('buyer'),
      'awaiting:payment': cancels('buyer'),
      capturing: orderClosed,
      complete: orderClosed,
      ...anyCancelled(orderClosed),
      ...cancelledFor(['buyer'], nothing),
    },
  },
  'a resend emits again what is unanswered': {
    decide: resend,
    then: {
      created: republishes('order:created'),
      'awaiting:payment': nothing,
      capturing: republishes('order:claimed'),
      complete: nothing,
      ...anyCancelled(nothing),
    },
  },
  'a resync republishes it': {
    decide: (order) => ({ events: currentStateEvents(order) }),
    then: {
      created: republishes('order:created'),
      'awaiting:payment': hasNoEvent,
      capturing: republishes('order:claimed'),
      complete: republishes('order:completed'),
      ...anyCancelled(republishes('order:cancelled')),
    },
  },
} satisfies Record<string, Row>;

type When = keyof typeof TABLE;
const WHEN = Object.keys(TABLE) as When[];

function decide(when: When, order: OrderState): Decided {
  const row: Row = TABLE[when];
  return row.decide(order, timeOf(when));
}

const timeOf = (when: When): Date => (TABLE[when] as Row).now ?? NOW;

function titleOf(then: Then): string {
  switch (then.kind) {
    case 'moves':
      return `becomes ${then.to}${then.reason ? ` (${then.reason})` : ''} and emits ${then.emits ?? 'nothing'}`;
    case 'republishes':
      return `is not saved and republishes ${then.emits ?? 'nothing'}`;
    case 'nothing':
      return 'is not saved and emits nothing';
    case 'refused':
      return `refuses with 409 ${then.code}`;
  }
}

const eventsOf = ({ emits }: { emits?: EventName }, order: OrderState) =>
  emits === undefined ? [] : [{ name: emits, data: dataOf(order) }];

const CELLS = WHEN.flatMap((when) =>
  GIVEN.map((given) => {
    const then = TABLE[when].then[given];
    return { title: `an order that is ${given} ${titleOf(then)} when ${when}`, when, given, then };
  }),
);

describe('every event and command in every state of an order', () => {
  it.each(CELLS)('$title', ({ when, given, then }) => {
    const order = orderIn(given);
    switch (then.kind) {
      case 'moves': {
        const at = timeOf(when).toISOString();
        const next: OrderState = {
          ...order,
          version: order.version + 1,
          status: then.to,
          reason: then.reason,
          updatedAt: at,
          history: [...order.history, { status: then.to, at, reason: then.reason }],
        };
        expect(outcomeOf(decide(when, order))).toEqual({ next, emits: eventsOf(then, next) });
        return;
      }
      case 'republishes':
        expect(outcomeOf(decide(when, order))).toEqual({ emits: eventsOf(then, order) });
        return;
      case 'nothing':
        expect(decide(when, order)).toBeUndefined();
        return;
      case 'refused':
        expect(() => decide(when, order)).toThrow(
          expect.objectContaining({
            status: 409,
            problems: [{ code: then.code, message: expect.stringMatching(/\w/), status: order.status }],
          }),
        );
    }
  });
});

describe('an event or command that arrives twice', () => {
  it.each<[When, Given, OrderStatus, EventName | 'nothing', EventName | 'nothing']>([
    ['ticket:updated (held) is consumed', 'created', 'awaiting:payment', 'nothing', 'nothing'],
    ['ticket:refused (ticket-changed) is consumed', 'created', 'cancelled', 'order:cancelled', 'nothing'],
    ['ticket:refused (ticket-withdrawn) is consumed', 'created', 'cancelled', 'order:cancelled', 'nothing'],
    ['payment:authorized is consumed', 'created', 'capturing', 'order:claimed', 'order:claimed'],
    ['payment:authorized is consumed', 'awaiting:payment', 'capturing', 'order:claimed', 'order:claimed'],
    ['payment:captured is consumed', 'capturing', 'complete', 'order:completed', 'nothing'],
    ['payment:failed is consumed', 'capturing', 'cancelled', 'order:cancelled', 'nothing'],
    ['expiration:complete is consumed as the hold ends', 'created', 'cancelled', 'order:cancelled', 'nothing'],
    ['expiration:complete is consumed as the hold ends', 'awaiting:payment', 'cancelled', 'order:cancelled', 'nothing'],
    ['the buyer cancels', 'created', 'cancelled', 'order:cancelled', 'nothing'],
    ['the buyer cancels', 'awaiting:payment', 'cancelled', 'order:cancelled', 'nothing'],
  ])(
    'when %s twice, an order that is %s becomes %s once and emits first %s, then %s',
    (when, given, to, first, second) => {
      const once = decide(when, orderIn(given));
      expect(once?.next?.status).toBe(to);
      expect(namesOf(once)).toEqual(first === 'nothing' ? [] : [first]);
      const twice = once?.next && decide(when, frozen(once.next));
      expect(twice?.next).toBeUndefined();
      expect(namesOf(twice)).toEqual(second === 'nothing' ? [] : [second]);
    },
  );
});

const placeOrder = () =>
  place({ ticketId: 'ticket', number: 7, userId: 'buyer', offer, holdSeconds: 900 }, new Date(PLACED));

describe('the life cycle of an order', () => {
  it.each<{ story: string; when: When[]; ends: string; emits: EventName[] }>([
    {
      story: 'that is paid',
      when: ['ticket:updated (held) is consumed', 'payment:authorized is consumed', 'payment:captured is consumed'],
      ends: 'complete at version 3',
      emits: ['order:created', 'order:claimed', 'order:completed'],
    },
    {
      story: 'with a failed capture',
      when: ['ticket:updated (held) is consumed', 'payment:authorized is consumed', 'payment:failed is consumed'],
      ends: 'cancelled (payment-failed) at version 3',
      emits: ['order:created', 'order:claimed', 'order:cancelled'],
    },
    {
      story: 'that consumes payment:authorized before and after the hold',
      when: [
        'payment:authorized is consumed',
        'ticket:updated (held) is consumed',
        'payment:authorized is consumed',
        'payment:captured is consumed',
      ],
      ends: 'complete at version 2',
      emits: ['order:created', 'order:claimed', 'order:claimed', 'order:completed'],
    },
    {
      story: 'that consumes its events in reverse order',
      when: ['payment:captured is consumed', 'payment:authorized is consumed', 'ticket:updated (held) is consumed'],
      ends: 'capturing at version 1',
      emits: ['order:created', 'order:claimed'],
    },
    {
      story: 'that is claimed before its hold arrives',
      when: [
        'payment:authorized is consumed',
        'expiration:complete is consumed a day after the hold ended',
        'ticket:refused (ticket-changed) is consumed',
        'payment:captured is consumed',
        'ticket:updated (held) is consumed',
      ],
      ends: 'complete at version 2',
      // The last one releases the hold, if tickets has not consumed the completion.
      emits: ['order:created', 'order:claimed', 'order:completed', 'order:completed'],
    },
    {
      story: 'that is claimed before its hold ends',
      when: [
        'ticket:updated (held) is consumed',
        'payment:authorized is consumed',
        'expiration:complete is consumed a day after the hold ended',
        'payment:captured is consumed',
      ],
      ends: 'complete at version 3',
      emits: ['order:created', 'order:claimed', 'order:completed'],
    },
    {
      story: 'that is authorized a moment too late',
      when: [
        'ticket:updated (held) is consumed',
        'expiration:complete is consumed as the hold ends',
        'payment:authorized is consumed',
      ],
      ends: 'cancelled (expired) at version 2',
      emits: ['order:created', 'order:cancelled', 'order:cancelled'],
    },
    {
      story: 'that the buyer cancels before the hold is granted',
      when: ['the buyer cancels', 'ticket:updated (held) is consumed', 'ticket:refused (ticket-changed) is consumed'],
      ends: 'cancelled (buyer) at version 1',
      emits: ['order:created', 'order:cancelled', 'order:cancelled'],
    },
    {
      story: 'that is refused once it is on hold',
      when: ['ticket:updated (held) is consumed', 'ticket:refused (ticket-withdrawn) is consumed'],
      ends: 'awaiting:payment at version 1',
      emits: ['order:created'],
    },
  ])('an order $story ends $ends', ({ when, ends, emits }) => {
    const { state, events } = placeOrder();
    let order = frozen(state);
    const emitted: EventName[] = events.map(({ name }) => name);
    for (const name of when) {
      const decision = decide(name, order);
      emitted.push(...namesOf(decision));
      order = frozen(decision?.next ?? order);
    }
    const status = order.reason === undefined ? order.status : `${order.status} (${order.reason})`;
    expect(`${status} at version ${order.version}`).toBe(ends);
    expect(emitted).toEqual(emits);
    expect(order.history).toHaveLength(order.version + 1);
  });
});

describe('placing an order', () => {
  it('a new order starts at version 0 with its number, its offer and the end of its hold, and emits order:created', () => {
    const { state, events } = placeOrder();
    expect(state).toEqual({
      _id: 'ticket-7',
      version: 0,
      ticketId: 'ticket',
      number: 7,
      userId: 'buyer',
      status: 'created',
      offer,
      expiresAt: EXPIRES,
      createdAt: PLACED,
      updatedAt: PLACED,
      history: [{ status: 'created', at: PLACED }],
    });
    expect(events).toEqual([
      {
        name: 'order:created',
        data: {
          id: 'ticket-7',
          version: 0,
          ticketId: 'ticket',
          number: 7,
          userId: 'buyer',
          status: 'created',
          offer,
          expiresAt: EXPIRES,
        },
      },
    ]);
  });

  it.each([
    [0, PLACED],
    [1, '2030-01-01T00:00:01.000Z'],
    [3600, '2030-01-01T01:00:00.000Z'],
  ])('a new order with a hold of %i s expires at %s', (holdSeconds, expiresAt) => {
    const order = { ticketId: 'ticket', number: 1, userId: 'buyer', offer, holdSeconds };
    expect(place(order, new Date(PLACED)).state.expiresAt).toBe(expiresAt);
  });
});

describe('the id of an order', () => {
  it.each([
    ['ticket', 1, 'ticket-1'],
    ['ticket', 12, 'ticket-12'],
    ['0123456789abcdef01234567', 305, '0123456789abcdef01234567-305'],
    ['id-with-dashes', 2, 'id-with-dashes-2'],
  ])('the order of ticket %s with number %i has the id %s', (ticketId, number, id) => {
    expect(orderId(ticketId, number)).toBe(id);
  });
});

describe('an order that does not exist', () => {
  it('an unknown order is refused with 404 order-not-found', () => {
    expect(orderNotFound()).toMatchObject({
      status: 404,
      problems: [{ code: 'order-not-found', message: expect.stringMatching(/\w/) }],
    });
  });
});
