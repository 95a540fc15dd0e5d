import { describe, expect, it } from '@jest/globals';
import type { EventName, OrderData, OrderStatus, TicketData } from '@ticketing/common';
import {
  resendAuthorized,
  begin,
  applyOrder,
  beginsStep,
  heldOrder,
  lease,
  nextStep,
  paymentEvent,
  paymentNotFound,
  recordAuthenticating,
  recordAuthorized,
  recordCaptured,
  recordChecked,
  recordDeclined,
  recordFailed,
  recordIntent,
  recordRefused,
  scheduleRetry,
  withOrder,
  recordVoided,
  request,
  currentStateEvents,
  idempotencyKey,
} from '../src/payment.ts';
import type { Attempt, Payment, PaymentState, Step } from '../src/payment.ts';
import type { Intent } from '../src/provider/provider.ts';

/**
 * The decisions about a payment, as tables: given a state, when something happens, then what. No store, no bus, no provider.
 * The tables are complete: they include combinations that do not occur in a healthy marketplace, such as a failed payment of an
 * order that awaits payment, because a decision must be safe in each.
 */

const NOW = new Date('2030-01-01T00:10:00.000Z');
const at = (ms: number) => new Date(NOW.getTime() + ms).toISOString();
const EXPIRES = '2030-01-01T00:15:00.000Z';
/** The deadline of each payment in these tables. No decision sets it, so a test can detect whether it was kept. */
const DUE = '2030-01-01T00:09:07.000Z';
const LEASE = at(15_000);
const RETRY = at(2000);
const ANSWER = at(10_000);

const ORDER_VERSIONS = { created: 0, 'awaiting:payment': 1, capturing: 2, complete: 3, cancelled: 3 };
const ORDER_STATUSES = Object.keys(ORDER_VERSIONS) as OrderStatus[];

const attempt = (number: number, status: Attempt['status']): Attempt => ({
  number,
  paymentMethod: `pm_${number}`,
  status,
  at: '2030-01-01T00:01:00.000Z',
  ...(status === 'declined' && { declineCode: 'generic_decline' }),
});
const firstDeclined = attempt(1, 'declined');

type Given =
  | 'none'
  | 'requested without an intent'
  | 'requested'
  | 'authenticating'
  | 'authorized'
  | 'declined without an intent'
  | 'declined'
  | 'captured'
  | 'failed'
  | 'voided';

const STATES: Record<Given, Pick<PaymentState, 'status' | 'intentId' | 'attempts'>> = {
  none: { status: 'none', attempts: [] },
  'requested without an intent': { status: 'requested', attempts: [firstDeclined, attempt(2, 'requested')] },
  requested: { status: 'requested', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'requested')] },
  authenticating: {
    status: 'authenticating',
    intentId: 'pi_1',
    attempts: [firstDeclined, attempt(2, 'authenticating')],
  },
  authorized: { status: 'authorized', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'authorized')] },
  'declined without an intent': { status: 'declined', attempts: [firstDeclined, attempt(2, 'declined')] },
  declined: { status: 'declined', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'declined')] },
  captured: { status: 'captured', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'authorized')] },
  failed: { status: 'failed', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'authorized')] },
  voided: { status: 'voided', intentId: 'pi_1', attempts: [firstDeclined, attempt(2, 'requested')] },
};
const GIVEN = Object.keys(STATES) as Given[];

const CARD = { brand: 'visa', last4: '4242' };
/** As after order:claimed, whose copy is saved with the outcome. */
const claimed = (payment: PaymentState) => withOrder(payment, copyOf('capturing'));
const captured = (payment: PaymentState) => recordCaptured(payment, CARD);

/** A payment in a state, frozen: a decision never changes what it is given. */
const paymentIn = (given: Given, order: OrderStatus, changes: Partial<PaymentState> = {}): PaymentState =>
  frozen({
    _id: 'ticket-7',
    version: 5,
    order: copyOf(order),
    ...STATES[given],
    keysSpent: 1,
    dueAt: DUE,
    ...changes,
  });

const copyOf = (status: OrderStatus, version = ORDER_VERSIONS[status]): Payment['order'] => ({
  version,
  status,
  userId: 'buyer',
  price: { amount: 2000, currency: 'usd' },
  expiresAt: EXPIRES,
});

const orderIn = (status: OrderStatus, version = ORDER_VERSIONS[status]): OrderData =>
  frozen({
    id: 'ticket-7',
    version,
    ticketId: 'ticket',
    number: 7,
    userId: 'buyer',
    status,
    offer: { title: 'Concert', price: { amount: 2000, currency: 'usd' } },
    expiresAt: EXPIRES,
  });

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

type Decided = ReturnType<typeof lease>;
const eventsOf = (decision: Decided) => decision?.events;

/** A payment:… event about a state: every one of them carries these fields. */
const event = (name: EventName, { version, status }: PaymentState) => ({
  name,
  data: { id: 'ticket-7', version, orderId: 'ticket-7', status, amount: 2000, currency: 'usd' },
});

/** Expects the next state, one version on with these changes, and the event about it. */
function expectSaved(decision: Decided, before: PaymentState, changes: Partial<PaymentState>, emits?: EventName): void {
  const next: PaymentState = { ...before, ...changes, version: before.version + 1 };
  expect(decision?.next).toEqual(next);
  expect(eventsOf(decision)).toEqual(emits === undefined ? [] : [event(emits, next)]);
}

/** Expects that nothing is saved, and one event about the state as it is. */
function expectRepublished(decision: Decided, payment: PaymentState, emits: EventName): void {
  expect(decision?.next).toBeUndefined();
  expect(eventsOf(decision)).toEqual([event(emits, payment)]);
}

const problem = (code: string, extra: object = {}) =>
  expect.objectContaining({ status: 409, problems: [{ code, message: expect.stringMatching(/\w/), ...extra }] });

/** The outcome of a decision in each state of the payment, by the status of its order. */
type Table<Then> = Record<Given, Record<OrderStatus, Then>>;

function cells<Then>(table: Table<Then>) {
  return GIVEN.flatMap((given) => ORDER_STATUSES.map((order) => ({ given, order, then: table[given][order] })));
}

const whatever = <Then>(then: Then): Record<OrderStatus, Then> => ({
  created: then,
  'awaiting:payment': then,
  capturing: then,
  complete: then,
  cancelled: then,
});

const everyPayment = <Then>(then: Then) =>
  Object.fromEntries(GIVEN.map((given) => [given, whatever(then)])) as Table<Then>;

describe('the next step at the provider', () => {
  const NEXT_STEP: Table<Step | 'nothing'> = {
    none: whatever('nothing'),
    // Its outcome is unknown: the provider may have authorised the money.
    'requested without an intent': { ...whatever('authorize'), cancelled: 'void' },
    requested: { ...whatever('authorize'), cancelled: 'void' },
    authenticating: { ...whatever('check'), cancelled: 'void' },
    authorized: { ...whatever('nothing'), capturing: 'capture', cancelled: 'void' },
    'declined without an intent': whatever('nothing'),
    declined: { ...whatever('nothing'), cancelled: 'void' },
    captured: whatever('nothing'),
    failed: whatever('nothing'),
    voided: whatever('nothing'),
  };

  it.each(cells(NEXT_STEP))('payment $given, order $order: the next step is $then', (cell) => {
    expect(nextStep(paymentIn(cell.given, cell.order)) ?? 'nothing').toBe(cell.then);
  });
});

describe('an order consumed in a newer version', () => {
  type Then = 'keeps' | 'is captured' | 'is done' | 'leases' | 'leases with the same key' | 'has no step left';
  const TITLES: Record<Then, string> = {
    keeps: 'the copy is saved and the payment keeps its deadline',
    'is captured': 'nothing is saved before the capture',
    'is done': 'the copy is saved and the payment has no deadline left',
    leases: 'the copy is saved and the next step is leased under a new key',
    'leases with the same key': 'the copy is saved and the next step is leased with the key of the attempt',
    'has no step left': 'the copy is saved and the step that was due is dropped',
  };
  const EFFECTS: Record<Exclude<Then, 'is captured'>, Partial<PaymentState>> = {
    keeps: {},
    'is done': { dueAt: undefined },
    leases: { keysSpent: 0, dueAt: LEASE },
    'leases with the same key': { dueAt: LEASE },
    'has no step left': { keysSpent: 0, dueAt: undefined },
  };
  const all = (then: Then) => Object.fromEntries(GIVEN.map((given) => [given, then])) as Record<Given, Then>;

  const ROWS: { from: OrderStatus[]; to: OrderStatus; then: Record<Given, Then> }[] = [
    { from: ['created'], to: 'awaiting:payment', then: all('keeps') },
    { from: ['created', 'awaiting:payment'], to: 'capturing', then: { ...all('keeps'), authorized: 'is captured' } },
    { from: ['created', 'awaiting:payment'], to: 'complete', then: all('is done') },
    { from: ['capturing'], to: 'complete', then: { ...all('is done'), authorized: 'has no step left' } },
    {
      from: ['created', 'awaiting:payment', 'capturing'],
      to: 'cancelled',
      then: {
        none: 'is done',
        'requested without an intent': 'leases with the same key',
        requested: 'leases with the same key',
        authenticating: 'leases',
        authorized: 'leases',
        'declined without an intent': 'is done',
        declined: 'leases',
        captured: 'is done',
        failed: 'is done',
        voided: 'is done',
      },
    },
  ];
  const CASES = ROWS.flatMap(({ from, to, then }) =>
    from.flatMap((before) =>
      GIVEN.map((given) => ({ given, from: before, to, then: then[given], title: TITLES[then[given]] })),
    ),
  );

  it.each(CASES)('payment $given, order $from, then $to: $title', ({ given, from, to, then }) => {
    const payment = paymentIn(given, from);
    const decision = applyOrder(payment, orderIn(to), NOW);
    if (then === 'is captured') expect(decision).toEqual({ events: [] });
    else expectSaved(decision, payment, { order: copyOf(to), ...EFFECTS[then] });
    const begins = then === 'is captured' || then.startsWith('leases');
    expect(beginsStep(payment, copyOf(to))).toBe(begins);
  });

  it('a newer order is copied whole: its version, status, buyer, price and the end of its hold', () => {
    const order: OrderData = {
      ...orderIn('awaiting:payment', 8),
      userId: 'another buyer',
      offer: { title: 'Concert', price: { amount: 1, currency: 'eur' } },
      expiresAt: '2031-01-01T00:00:00.000Z',
    };
    expect(applyOrder(paymentIn('none', 'created'), order, NOW)?.next?.order).toEqual({
      version: 8,
      status: 'awaiting:payment',
      userId: 'another buyer',
      price: { amount: 1, currency: 'eur' },
      expiresAt: '2031-01-01T00:00:00.000Z',
    });
  });

  it.each(ORDER_STATUSES)(
    'payment requested, order %s, then the same in a newer version: the copy is saved and the step stays the same',
    (status) => {
      const payment = paymentIn('requested', status);
      const isEnded = status === 'complete' || status === 'cancelled';
      const decision = applyOrder(payment, orderIn(status, 9), NOW);
      expectSaved(decision, payment, { order: copyOf(status, 9), ...(isEnded && { dueAt: undefined }) });
    },
  );
});

describe('an order consumed in a version that is not newer', () => {
  /** Only a resent order:claimed is answered: the outcome of the capture is emitted again. */
  const ANSWERS: Partial<Record<Given, EventName>> = { captured: 'payment:captured', failed: 'payment:failed' };
  const NOT_NEWER = [
    ['the same', 0],
    ['an older', -1],
  ] as const;

  const QUESTIONS = GIVEN.flatMap((given) =>
    NOT_NEWER.map(([age, difference]) => ({ given, age, difference, emits: ANSWERS[given] ?? 'nothing' })),
  );

  it.each(QUESTIONS)(
    'payment $given, order capturing, then the same in $age version: nothing is saved, $emits is emitted',
    ({ given, difference }) => {
      const payment = paymentIn(given, 'capturing');
      const decision = applyOrder(payment, orderIn('capturing', ORDER_VERSIONS.capturing + difference), NOW);
      const emits = ANSWERS[given];
      if (emits === undefined) expect(decision).toBeUndefined();
      else expectRepublished(decision, payment, emits);
    },
  );

  const OTHERS = ORDER_STATUSES.flatMap((copy) => ORDER_STATUSES.map((status) => ({ copy, status }))).filter(
    ({ copy, status }) => copy !== 'capturing' || status !== 'capturing',
  );

  it.each(OTHERS)(
    'any payment, order $copy, then $status late: nothing is saved and nothing is emitted',
    ({ copy, status }) => {
      for (const given of GIVEN)
        for (const [, difference] of NOT_NEWER) {
          const payment = paymentIn(given, copy, { order: copyOf(copy, 4) });
          expect([given, applyOrder(payment, orderIn(status, 4 + difference), NOW)]).toEqual([given, undefined]);
        }
    },
  );
});

describe('a payment that was not requested', () => {
  it.each(ORDER_STATUSES)(
    'a payment begins as none at version 0, with a copy of its order that is %s and nothing due',
    (status) => {
      expect(begin('ticket-7', copyOf(status))).toEqual({
        _id: 'ticket-7',
        version: 0,
        order: copyOf(status),
        status: 'none',
        attempts: [],
        keysSpent: 0,
      });
    },
  );
});

describe('the order that a ticket is held for', () => {
  const held: TicketData = {
    ...{ id: 'ticket', version: 3, sellerId: 'seller', title: 'Concert', price: { amount: 2000, currency: 'usd' } },
    ...{ status: 'held', orderId: 'ticket-7', buyerId: 'buyer', reservedUntil: EXPIRES, lastOrder: 7 },
  };

  it('is copied from the ticket as awaiting payment, older than every event of the order', () => {
    expect(heldOrder(held)).toEqual({ id: 'ticket-7', ...copyOf('awaiting:payment', 0) });
  });

  it.each<[string, Partial<TicketData>]>([
    ['listed', { status: 'listed' }],
    ['sold', { status: 'sold' }],
    ['withdrawn', { status: 'withdrawn' }],
    ['held for an unknown order', { orderId: undefined }],
    ['held for an unknown buyer', { buyerId: undefined }],
    ['held until an unknown time', { reservedUntil: undefined }],
  ])('is undefined for a ticket that is %s', (_, changes) => {
    expect(heldOrder({ ...held, ...changes })).toBeUndefined();
  });
});

describe('a request to pay', () => {
  type Then = 'begins' | 'nothing' | 'order-closed' | 'payment-in-progress';
  const TITLES: Record<Then, string> = {
    begins: 'is saved as the next attempt',
    nothing: 'is not saved and emits nothing',
    'order-closed': 'is refused with 409 order-closed',
    'payment-in-progress': 'is refused with 409 payment-in-progress',
  };
  const unlessAwaited = (then: Then): Record<OrderStatus, Then> => ({
    created: 'order-closed',
    'awaiting:payment': then,
    capturing: 'order-closed',
    complete: 'order-closed',
    cancelled: 'order-closed',
  });
  const TABLE: Table<Then> = {
    none: unlessAwaited('begins'),
    'requested without an intent': unlessAwaited('payment-in-progress'),
    requested: unlessAwaited('payment-in-progress'),
    // With another card, or with the same one when the buyer has come back from the bank.
    authenticating: unlessAwaited('begins'),
    // A repeated request changes nothing.
    authorized: whatever('nothing'),
    captured: whatever('nothing'),
    'declined without an intent': unlessAwaited('begins'),
    declined: unlessAwaited('begins'),
    failed: unlessAwaited('begins'),
    voided: unlessAwaited('begins'),
  };
  const begun = (payment: PaymentState, now: Date): Partial<PaymentState> => ({
    status: 'requested',
    attempts: [
      ...payment.attempts,
      {
        number: payment.attempts.length + 1,
        paymentMethod: 'pm_next',
        status: 'requested',
        at: now.toISOString(),
      },
    ],
    keysSpent: 0,
    dueAt: new Date(now.getTime() + 15_000).toISOString(),
  });

  it.each(cells(TABLE).map((cell) => ({ ...cell, title: TITLES[cell.then] })))(
    'payment $given, order $order: a request to pay $title',
    ({ given, order, then }) => {
      const payment = paymentIn(given, order);
      const decide = () => request(payment, 'pm_next', NOW);
      if (then === 'begins') expectSaved(decide(), payment, begun(payment, NOW));
      else if (then === 'nothing') expect(decide()).toBeUndefined();
      else expect(decide).toThrow(problem(then, then === 'order-closed' ? { status: order } : {}));
    },
  );

  const END = Date.parse(EXPIRES);
  const declined = (count: number) => Array.from({ length: count }, (_, index) => attempt(index + 1, 'declined'));

  it.each<[string, Date, string, number, Given]>([
    ['1 ms before the hold ends is saved', new Date(END - 1), 'begins', 1, 'declined'],
    ['as the hold ends is refused with order-expired', new Date(END), 'order-expired', 1, 'declined'],
    ['after the hold is refused with order-expired', new Date(END + 1), 'order-expired', 1, 'declined'],
    [
      'after the hold, with a card in progress, is refused with order-expired',
      new Date(END),
      'order-expired',
      1,
      'requested',
    ],
    ['after the hold and ten cards is refused with order-expired', new Date(END), 'order-expired', 10, 'declined'],
    ['after nine declined cards is saved', NOW, 'begins', 9, 'declined'],
    ['after ten declined cards is refused with too-many-attempts', NOW, 'too-many-attempts', 10, 'declined'],
    ['after eleven declined cards is refused with too-many-attempts', NOW, 'too-many-attempts', 11, 'declined'],
    [
      'with the tenth card in progress is refused with payment-in-progress',
      NOW,
      'payment-in-progress',
      10,
      'requested',
    ],
    ['after the hold for a payment that is authorized is not saved', new Date(END), 'nothing', 1, 'authorized'],
    ['after the hold for a payment that is captured is not saved', new Date(END), 'nothing', 1, 'captured'],
  ])('a request to pay %s', (_, now, then, cards, given) => {
    const payment = paymentIn(given, 'awaiting:payment', { attempts: declined(cards) });
    const decide = () => request(payment, 'pm_next', now);
    if (then === 'begins') expectSaved(decide(), payment, begun(payment, now));
    else if (then === 'nothing') expect(decide()).toBeUndefined();
    else expect(decide).toThrow(problem(then));
  });

  it.each<[OrderStatus, string]>([
    ['created', 'order-closed'],
    ['awaiting:payment', 'order-expired'],
    ['capturing', 'order-closed'],
    ['complete', 'order-closed'],
    ['cancelled', 'order-closed'],
  ])('a request to pay after the hold for an order that is %s is refused with %s', (order, code) => {
    const decide = () => request(paymentIn('none', order), 'pm_next', new Date(END + 1));
    expect(decide).toThrow(problem(code, code === 'order-closed' ? { status: order } : {}));
  });

  it('a request to pay that arrives twice begins one attempt; the second is refused with payment-in-progress', () => {
    const once = request(paymentIn('none', 'awaiting:payment'), 'pm_next', NOW)?.next;
    expect(once?.attempts).toHaveLength(1);
    expect(() => once && request(frozen(once), 'pm_next', NOW)).toThrow(problem('payment-in-progress'));
  });
});

/** An intent as the provider has created it. */
const INTENT = { intentId: 'pi_2', provider: 'fake' };

describe('an intent whose outcome is not recorded yet', () => {
  const TABLE: Table<'recorded' | 'not saved'> = {
    ...everyPayment('not saved'),
    'requested without an intent': whatever('recorded'),
  };

  it.each(cells(TABLE))('payment $given, order $order: a new intent is $then', ({ given, order, then }) => {
    const payment = paymentIn(given, order);
    const decision = recordIntent(payment, INTENT);
    if (then === 'not saved') expect(decision).toBeUndefined();
    else expectSaved(decision, payment, { ...INTENT, keysSpent: 0 });
  });
});

const VOID_NOW = 'saved, and the intent is to be voided at once';

describe('an authorisation', () => {
  const byOrder: Record<OrderStatus, string> = {
    ...whatever('saved, and waits 10 s for an answer'),
    cancelled: VOID_NOW,
  };
  const TABLE: Table<string> = {
    ...everyPayment('not saved'),
    'requested without an intent': byOrder,
    requested: byOrder,
    authenticating: byOrder,
  };

  it.each(cells(TABLE))('payment $given, order $order: an authorisation is $then', ({ given, order, then }) => {
    const payment = paymentIn(given, order);
    const decision = recordAuthorized(payment, INTENT, NOW);
    if (then === 'not saved') expect(decision).toBeUndefined();
    else
      expectSaved(
        decision,
        payment,
        {
          ...INTENT,
          status: 'authorized',
          attempts: [firstDeclined, attempt(2, 'authorized')],
          keysSpent: 0,
          dueAt: then === VOID_NOW ? at(0) : ANSWER,
        },
        'payment:authorized',
      );
  });
});

describe('a decline', () => {
  const byOrder: Record<OrderStatus, string> = { ...whatever('saved, with nothing due'), cancelled: VOID_NOW };
  const TABLE: Table<string> = {
    ...everyPayment('not saved'),
    'requested without an intent': byOrder,
    requested: byOrder,
  };

  it.each(cells(TABLE))('payment $given, order $order: a decline is $then', ({ given, order, then }) => {
    const payment = paymentIn(given, order);
    const decision = recordDeclined(payment, 'insufficient_funds', INTENT, NOW);
    if (then === 'not saved') expect(decision).toBeUndefined();
    else
      expectSaved(decision, payment, {
        ...INTENT,
        status: 'declined',
        attempts: [
          firstDeclined,
          { ...attempt(2, 'requested'), status: 'declined', declineCode: 'insufficient_funds' },
        ],
        keysSpent: 0,
        dueAt: then === VOID_NOW ? at(0) : undefined,
      });
  });

  it.each(['awaiting:payment', 'cancelled'] as const)(
    'a decline without an intent drops the intent that was known, and leaves nothing to void: order %s',
    (order) => {
      const payment = paymentIn('requested', order);
      expect(recordDeclined(payment, 'canceled', undefined, NOW)?.next).toMatchObject({
        status: 'declined',
        intentId: undefined,
        dueAt: undefined,
      });
    },
  );
});

describe('an attempt that the bank wants the buyer to confirm', () => {
  const byOrder: Record<OrderStatus, string> = { ...whatever('saved, and checked in 5 s'), cancelled: VOID_NOW };
  const TABLE: Table<string> = {
    ...everyPayment('not saved'),
    'requested without an intent': byOrder,
    requested: byOrder,
  };

  it.each(cells(TABLE))('payment $given, order $order: the wait for the bank is $then', ({ given, order, then }) => {
    const payment = paymentIn(given, order);
    const decision = recordAuthenticating(payment, INTENT, NOW);
    if (then === 'not saved') expect(decision).toBeUndefined();
    else
      expectSaved(decision, payment, {
        ...INTENT,
        status: 'authenticating',
        attempts: [firstDeclined, attempt(2, 'authenticating')],
        keysSpent: 0,
        dueAt: then === VOID_NOW ? at(0) : at(5000),
      });
  });

  it.each([
    ['2 s later at first', 0, 600_000, 2000],
    ['2 s later after four seconds', 4000, 600_000, 2000],
    ['4 s later after eight seconds', 8000, 600_000, 4000],
    ['5 s later after a minute', 60_000, 600_000, 5000],
    ['as the hold ends, when that is sooner', 60_000, 1200, 1200],
    ['5 s later once the hold has ended, until the order ends', 60_000, -1, 5000],
  ])('is checked %s', (_, ageMs, leftMs, inMs) => {
    const attempts = [{ ...attempt(1, 'requested'), at: at(-ageMs) }];
    const order = { ...copyOf('awaiting:payment'), expiresAt: at(leftMs) };
    const payment = paymentIn('requested', 'awaiting:payment', { attempts, order });
    expect(recordAuthenticating(payment, INTENT, NOW)?.next?.dueAt).toBe(at(inMs));
  });
});

describe('a check of an intent that waits for the bank', () => {
  const provider = 'fake';
  const check = (payment: PaymentState, intent: Intent, checked = payment) =>
    recordChecked(payment, { intent, provider, checked }, NOW);
  const waiting: Intent = { id: 'pi_2', state: 'needs-authentication', clientSecret: 'secret' };
  const authorized: Intent = { id: 'pi_2', state: 'authorized' };
  const refusedByBank: Intent = { id: 'pi_2', state: 'open', declineCode: 'authentication_failed' };

  it.each<[string, Intent, string]>([
    ['still waits for the bank', waiting, 'authenticating'],
    ['is being processed', { id: 'pi_2', state: 'open' }, 'authenticating'],
    ['is authorised', authorized, 'authorized'],
    ['was not confirmed by the buyer', refusedByBank, 'declined'],
    ['was canceled by the provider', { id: 'pi_2', state: 'canceled' }, 'declined'],
  ])('that %s is recorded, once it began to wait, and of no other payment', (_, intent, status) => {
    for (const given of GIVEN) {
      const payment = paymentIn(given, 'awaiting:payment');
      const decision = check(payment, intent);
      const isRecorded =
        given === 'authenticating' ||
        (status === 'authorized' && (given === 'requested' || given === 'requested without an intent'));
      expect([given, decision?.next?.status]).toEqual([given, isRecorded ? status : undefined]);
    }
  });

  it('that still waits is checked again, and changes nothing else', () => {
    const payment = paymentIn('authenticating', 'awaiting:payment');
    expectSaved(check(payment, waiting), payment, { ...INTENT, keysSpent: 0, dueAt: at(5000) });
  });

  it('that was not confirmed leaves the reason, the intent for another card, and nothing due', () => {
    const payment = paymentIn('authenticating', 'awaiting:payment');
    expectSaved(check(payment, refusedByBank), payment, {
      ...INTENT,
      ...{ status: 'declined', keysSpent: 0, dueAt: undefined },
      attempts: [
        firstDeclined,
        { ...attempt(2, 'authenticating'), status: 'declined', declineCode: 'authentication_failed' },
      ],
    });
  });

  it('that is authorised after the order was cancelled is recorded, and is to be voided at once', () => {
    const payment = paymentIn('authenticating', 'cancelled');
    const decision = check(payment, authorized);
    expect(decision?.next).toMatchObject({ status: 'authorized', dueAt: at(0) });
    expect(decision?.next && nextStep(decision.next)).toBe('void');
  });

  it.each([waiting, refusedByBank])('that is not authorised changes nothing once the order was cancelled', (intent) => {
    expect(check(paymentIn('authenticating', 'cancelled'), intent)).toBeUndefined();
  });

  it('changes nothing of an attempt that began after it, unless the intent is authorised', () => {
    const checked = paymentIn('authenticating', 'awaiting:payment');
    const attempts = [...checked.attempts, attempt(3, 'authenticating')];
    const payment = paymentIn('authenticating', 'awaiting:payment', { attempts });
    expect(check(payment, refusedByBank, checked)).toBeUndefined();
    expect(check(payment, authorized, checked)?.next?.status).toBe('authorized');
  });
});

describe('a card that replaces one that waits for the bank', () => {
  const replacing = paymentIn('requested', 'awaiting:payment', {
    attempts: [attempt(1, 'authenticating'), attempt(2, 'requested')],
  });
  const replaced = { ...attempt(1, 'authenticating'), status: 'declined', declineCode: 'authentication_required' };

  it.each<[string, Decided]>([
    ['is authorised', recordAuthorized(replacing, INTENT, NOW)],
    ['is declined', recordDeclined(replacing, 'expired_card', INTENT, NOW)],
    ['waits for the bank too', recordAuthenticating(replacing, INTENT, NOW)],
  ])('ends the wait for the first when it %s', (_, decision) => {
    expect(decision?.next?.attempts[0]).toEqual(replaced);
  });

  it('lets the first one wait on when the provider refuses it and does nothing', () => {
    expectSaved(recordRefused(replacing, 'unknown-payment-method', INTENT, NOW), replacing, {
      ...{ status: 'authenticating', keysSpent: 0, dueAt: at(5000) },
      attempts: [
        attempt(1, 'authenticating'),
        { ...attempt(2, 'requested'), status: 'declined', declineCode: 'unknown-payment-method' },
      ],
    });
  });

  it('that is refused counts as declined when no other card waits', () => {
    const payment = paymentIn('requested', 'awaiting:payment');
    const refused = recordRefused(payment, 'amount-refused', INTENT, NOW);
    expect(refused).toEqual(recordDeclined(payment, 'amount-refused', INTENT, NOW));
  });

  it.each(GIVEN.filter((given) => !given.startsWith('requested')))(
    'that is refused late changes nothing: payment %s',
    (given) => {
      expect(recordRefused(paymentIn(given, 'awaiting:payment'), 'amount-refused', INTENT, NOW)).toBeUndefined();
    },
  );
});

describe('the end of a payment at the provider', () => {
  const ENDS = [
    { end: 'captured', decide: captured },
    { end: 'failed', decide: recordFailed },
    { end: 'voided', decide: recordVoided },
  ] as const;
  const OPEN: Given[] = [
    'requested without an intent',
    'requested',
    'authenticating',
    'authorized',
    'declined without an intent',
    'declined',
  ];
  const CASES = ENDS.flatMap(({ end, decide }) =>
    GIVEN.map((given) => {
      const isOpen = OPEN.includes(given);
      const title = isOpen ? `saved as ${end} and emits payment:${end}` : 'not saved and emits nothing';
      return { title, end, decide, given, isOpen };
    }),
  );

  it.each(CASES)(
    'payment $given, any order: $title when the provider has $end it',
    ({ end, decide, given, isOpen }) => {
      for (const order of ORDER_STATUSES) {
        const payment = paymentIn(given, order);
        const saved = { status: end, dueAt: undefined, ...(end === 'captured' && { card: CARD }) };
        if (isOpen) expectSaved(decide(payment), payment, saved, `payment:${end}`);
        else expect([order, decide(payment)]).toEqual([order, undefined]);
      }
    },
  );

  it.each(ENDS)('a payment that is $end twice is saved once and emits payment:$end once', ({ decide }) => {
    const once = decide(paymentIn('authorized', 'capturing'))?.next;
    expect(once && decide(frozen(once))).toBeUndefined();
  });
});

describe('a step that finds the provider unavailable', () => {
  const RETRIED = 'tried again in 2 s, under the next key if one is spent';
  const TABLE: Table<typeof RETRIED | 'not saved'> = {
    ...everyPayment('not saved'),
    'requested without an intent': whatever(RETRIED),
    requested: whatever(RETRIED),
    authenticating: whatever(RETRIED),
    authorized: { ...whatever('not saved'), capturing: RETRIED, cancelled: RETRIED },
    declined: { ...whatever('not saved'), cancelled: RETRIED },
  };
  it.each(cells(TABLE))('payment $given, order $order: a step whose provider is unavailable is $then', (cell) => {
    const payment = paymentIn(cell.given, cell.order);
    for (const verb of ['authorize', 'confirm', 'capture', 'void'] as const) {
      const decision = scheduleRetry(payment, idempotencyKey(verb, payment), NOW);
      if (cell.then === 'not saved') expect(decision).toBeUndefined();
      else expectSaved(decision, payment, { keysSpent: 2, dueAt: RETRY });
    }
    const decision = scheduleRetry(payment, undefined, NOW);
    if (cell.then !== 'not saved') expectSaved(decision, payment, { keysSpent: 1, dueAt: RETRY });
  });

  it('counts a key once that several processes have used', () => {
    const payment = paymentIn('requested without an intent', 'cancelled');
    const key = idempotencyKey('authorize', payment);
    const once = scheduleRetry(payment, key, NOW)?.next;
    expect(once).toMatchObject({ keysSpent: 2 });
    expect(once && scheduleRetry(frozen(once), key, NOW)?.next).toMatchObject({ keysSpent: 2, dueAt: RETRY });
  });
});

describe('the lease of a step', () => {
  it.each([
    ['a day ago', at(-86_400_000)],
    ['1 ms ago', at(-1)],
    ['now', at(0)],
  ])('the lease of a step that was due %s is acquired for 15 s, whatever the payment is', (_, dueAt) => {
    for (const given of GIVEN) {
      const payment = paymentIn(given, 'awaiting:payment', { dueAt });
      expectSaved(lease(payment, NOW), payment, { dueAt: LEASE });
    }
  });

  it.each([
    ['in 1 ms', at(1)],
    ['never', undefined],
  ])('the lease of a step that is due %s is not acquired, whatever the payment is', (_, dueAt) => {
    for (const given of GIVEN) expect(lease(paymentIn(given, 'awaiting:payment', { dueAt }), NOW)).toBeUndefined();
  });

  it('the lease of a step is acquired once by two instances that both find it due', () => {
    const once = lease(paymentIn('requested', 'awaiting:payment'), NOW)?.next;
    expect(once && lease(frozen(once), NOW)).toBeUndefined();
  });
});

describe('a payment that is republished', () => {
  const EVENTS: Record<Given, EventName | 'nothing'> = {
    none: 'nothing',
    'requested without an intent': 'nothing',
    requested: 'nothing',
    authenticating: 'nothing',
    authorized: 'payment:authorized',
    'declined without an intent': 'nothing',
    declined: 'nothing',
    captured: 'payment:captured',
    failed: 'payment:failed',
    voided: 'payment:voided',
  };

  it.each(GIVEN.map((given) => ({ given, emits: EVENTS[given] })))(
    'payment $given, any order: a resync publishes $emits',
    ({ given, emits }) => {
      for (const order of ORDER_STATUSES) {
        const payment = paymentIn(given, order);
        expect(currentStateEvents(payment)).toEqual(emits === 'nothing' ? [] : [event(emits, payment)]);
      }
    },
  );
});

describe('a payment that waits for an answer from orders', () => {
  const TABLE: Table<EventName | 'nothing'> = {
    ...everyPayment('nothing'),
    authorized: { ...whatever<EventName | 'nothing'>('nothing'), 'awaiting:payment': 'payment:authorized' },
  };

  it.each(cells(TABLE))(
    'payment $given, order $order: resending what is unanswered saves nothing and emits $then',
    ({ given, order, then }) => {
      const payment = paymentIn(given, order);
      const decision = resendAuthorized(payment);
      if (then === 'nothing') expect(decision).toBeUndefined();
      else expectRepublished(decision, payment, then);
    },
  );
});

describe('an event about a payment', () => {
  it.each<[PaymentState['status'], string]>([
    ['none', 'requested'],
    ['requested', 'requested'],
    ['authenticating', 'requested'],
    ['declined', 'declined'],
    ['authorized', 'authorized'],
    ['captured', 'captured'],
    ['failed', 'failed'],
    ['voided', 'voided'],
  ])(
    'an event about a payment that is %s has the status %s, and the id, the version and the price of the order',
    (status, expected) => {
      const payment = paymentIn('none', 'awaiting:payment', { status });
      expect(paymentEvent(payment, 'payment:authorized')).toEqual({
        name: 'payment:authorized',
        data: { id: 'ticket-7', version: 5, orderId: 'ticket-7', status: expected, amount: 2000, currency: 'usd' },
      });
    },
  );
});

describe('the life cycle of a payment', () => {
  type When = (payment: PaymentState) => Decided;
  const order =
    (status: OrderStatus, version?: number): When =>
    (payment) =>
      applyOrder(payment, orderIn(status, version), NOW);
  const pay: When = (payment) => request(payment, 'pm_card', NOW);
  const intent: When = (payment) => recordIntent(payment, INTENT);
  const authorized: When = (payment) => recordAuthorized(payment, INTENT, NOW);
  const capturedNow: When = (payment) => captured(claimed(payment));
  const failedNow: When = (payment) => recordFailed(claimed(payment));
  const declined: When = (payment) => recordDeclined(payment, 'generic_decline', INTENT, NOW);
  const bankWaits: When = (payment) => recordAuthenticating(payment, INTENT, NOW);
  const confirmed: When = (payment) =>
    recordChecked(payment, { intent: { id: 'pi_2', state: 'authorized' }, provider: 'fake', checked: payment }, NOW);

  it.each<{ story: string; when: When[]; ends: string; emits: EventName[] }>([
    {
      story: 'that is authorized, then captured once for an order that is claimed',
      when: [pay, authorized, order('capturing'), capturedNow, order('complete')],
      ends: 'captured, nothing to do',
      emits: ['payment:authorized', 'payment:captured'],
    },
    {
      story: 'with an order that is claimed three times',
      when: [
        ...[pay, authorized, order('capturing')],
        ...[order('capturing'), capturedNow, capturedNow, order('capturing')],
      ],
      ends: 'captured, nothing to do',
      emits: ['payment:authorized', 'payment:captured', 'payment:captured'],
    },
    {
      story: 'with a second card that is accepted',
      when: [pay, declined, pay, authorized],
      ends: 'authorized, nothing to do',
      emits: ['payment:authorized'],
    },
    {
      story: 'that the buyer confirms at the bank without coming back',
      when: [pay, bankWaits, confirmed, order('capturing'), capturedNow],
      ends: 'captured, nothing to do',
      emits: ['payment:authorized', 'payment:captured'],
    },
    {
      story: 'that the buyer confirms at the bank after the hold',
      when: [pay, bankWaits, order('cancelled'), confirmed, recordVoided],
      ends: 'voided, nothing to do',
      emits: ['payment:authorized', 'payment:voided'],
    },
    {
      story: 'that the buyer never confirms at the bank',
      when: [pay, bankWaits, order('cancelled'), recordVoided],
      ends: 'voided, nothing to do',
      emits: ['payment:voided'],
    },
    {
      story: 'that is authorized for an order that was cancelled',
      when: [pay, order('cancelled'), authorized],
      ends: 'authorized, void',
      emits: ['payment:authorized'],
    },
    {
      story: 'of an order that is cancelled while the outcome of the attempt is unknown',
      when: [pay, order('cancelled'), intent],
      ends: 'requested, void',
      emits: [],
    },
    {
      story: 'of an order that is cancelled, then claimed late',
      when: [pay, authorized, order('cancelled'), recordVoided, order('capturing')],
      ends: 'voided, nothing to do',
      emits: ['payment:authorized', 'payment:voided'],
    },
    {
      story: 'with a capture that the provider refuses for good',
      when: [
        ...[pay, authorized, order('capturing')],
        ...[failedNow, order('capturing'), order('cancelled'), recordVoided],
      ],
      ends: 'failed, nothing to do',
      emits: ['payment:authorized', 'payment:failed', 'payment:failed'],
    },
  ])('a payment $story ends $ends', ({ when, ends, emits }) => {
    let payment = frozen(begin('ticket-7', copyOf('awaiting:payment', 0)));
    const emitted: EventName[] = [];
    for (const decide of when) {
      const decision = decide(payment);
      emitted.push(...(eventsOf(decision) ?? []).map(({ name }) => name));
      payment = frozen(decision?.next ?? payment);
    }
    expect(`${payment.status}, ${nextStep(payment) ?? 'nothing to do'}`).toBe(ends);
    expect(emitted).toEqual(emits);
  });
});

describe('the idempotency key of a call to the provider', () => {
  const attempt: Attempt = { number: 1, paymentMethod: 'pm', status: 'declined', at: at(0) };
  const keysOf = (changes: Partial<PaymentState>) =>
    (['authorize', 'confirm', 'capture', 'void'] as const).map((verb) =>
      idempotencyKey(verb, paymentIn('none', 'awaiting:payment', { keysSpent: 0, ...changes })),
    );

  it('is the same for every repetition, and another one for another step or attempt', () => {
    const [first, second] = [keysOf({ attempts: [attempt] }), keysOf({ attempts: [attempt, attempt] })];
    expect(first).toEqual(['authorize:ticket-7:1', 'confirm:ticket-7:1', 'capture:ticket-7', 'void:ticket-7']);
    expect(second).toEqual(['authorize:ticket-7:2', 'confirm:ticket-7:2', 'capture:ticket-7', 'void:ticket-7']);
  });

  it('is another one after the provider has spent it', () => {
    const spent = keysOf({ attempts: [attempt], keysSpent: 2 });
    expect(spent).toEqual(['authorize:ticket-7:1:3', 'confirm:ticket-7:1:3', 'capture:ticket-7:3', 'void:ticket-7:3']);
  });
});

describe('a payment that does not exist', () => {
  it('an unknown payment is refused with 404 payment-not-found', () => {
    expect(paymentNotFound()).toMatchObject({
      status: 404,
      problems: [{ code: 'payment-not-found', message: expect.stringMatching(/\w/) }],
    });
  });
});
