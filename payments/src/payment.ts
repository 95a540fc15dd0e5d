import { conflict, isEnded, notFound } from '@ticketing/common';
import type { EventName, Fact, Money, OrderData, OrderStatus, PaymentStatus } from '@ticketing/common';
import type { Decision, State, Stored } from '@ticketing/common/mongo';
import type { AttemptView } from '@ticketing/common/shapes';

export interface Attempt extends AttemptView {
  paymentMethod: string;
}

/**
 * What happened to the money of an order, together with the copy of the order (from order:created, order:reserved,
 * order:claimed, order:completed and order:cancelled). One document, so that an attempt can't begin while a cancellation
 * arrives: whichever is written second sees the first.
 */
export interface Payment extends Stored {
  order: { version: number; status: OrderStatus; userId: string; price: Money; expiresAt: string };
  /** `none` until the buyer first tries to pay. */
  status: PaymentStatus | 'none';
  /** The provider's payment intent: one for an order's life. */
  intentId?: string | undefined;
  attempts: Attempt[];
  /** Work at the provider begins under a key that is used up when the provider answers it with a 500: then the next. */
  keysSpent: number;
  /** When whoever finds it should do what `nextStep` says: the process that was at it seems to be gone. */
  dueAt?: string | undefined;
}

export type PaymentState = State<Payment>;
type PaymentDecision = Decision<Payment> | undefined;

/**
 * The process that took a step has so long to bring it to its end. When a slow provider makes it take longer, a second one
 * begins beside it, which is safe: both use the same idempotency keys, and only one outcome is recorded.
 */
const LEASE_MS = 15_000;
/** How soon after a failure the next try comes. */
const RETRY_MS = 2000;
/** How long an authorised payment waits for the order to be claimed before it says so again. */
const ANSWER_MS = 10_000;
const MAX_ATTEMPTS = 10;

export const paymentNotFound = () => notFound('payment-not-found', 'There is no payment for this order.');

const after = (now: Date, ms: number): string => new Date(now.getTime() + ms).toISOString();

/** How others see a status: none is a payment that was only just asked for. */
export const shownStatus = (status: Payment['status']): PaymentStatus => (status === 'none' ? 'requested' : status);

export function fact(payment: PaymentState, name: Extract<EventName, `payment:${string}`>): Fact {
  const { _id: id, version, status, order } = payment;
  return { name, data: { id, version, orderId: id, status: shownStatus(status), ...order.price } };
}

function move(
  payment: PaymentState,
  changes: Partial<PaymentState>,
  name?: Parameters<typeof fact>[1],
): Decision<Payment> {
  const next = { ...payment, ...changes, version: payment.version + 1 };
  return { next, say: name === undefined ? [] : [fact(next, name)] };
}

const copyOf = ({ version, status, userId, offer, expiresAt }: OrderData): Payment['order'] => ({
  ...{ version, status, userId, expiresAt },
  price: offer.price,
});

/** A payment nobody has asked for yet: all there is, is the copy of the order. */
export const begin = (order: OrderData): PaymentState => ({
  _id: order.id,
  version: 0,
  order: copyOf(order),
  status: 'none',
  attempts: [],
  keysSpent: 0,
});

/** What is to be done at the provider, by whoever comes first. */
export type Step = 'authorize' | 'capture' | 'void';

export function nextStep({ order, status, intentId }: PaymentState): Step | undefined {
  if (order.status === 'cancelled')
    return intentId !== undefined && (status === 'requested' || status === 'authorized' || status === 'declined')
      ? 'void'
      : undefined;
  if (status === 'requested') return 'authorize';
  return status === 'authorized' && order.status === 'capturing' ? 'capture' : undefined;
}

/**
 * Takes a newer copy of the order. What it asks for (capture, void) is leased to the caller. A copy that is no news may be
 * a question: what was captured or has failed is said again to an order that still waits for it.
 */
export function hear(payment: PaymentState, data: OrderData, now: Date): PaymentDecision {
  if (data.version <= payment.order.version) {
    if (data.status !== 'capturing' || payment.order.status !== 'capturing') return undefined;
    if (payment.status === 'captured') return { say: [fact(payment, 'payment:captured')] };
    return payment.status === 'failed' ? { say: [fact(payment, 'payment:failed')] } : undefined;
  }
  const heard = { ...payment, order: copyOf(data) };
  // An intent may be on its way from the provider, but one that is not recorded is never confirmed: no money can move.
  if (data.status === 'cancelled' && payment.status === 'requested' && payment.intentId === undefined)
    return move(heard, { status: 'voided', dueAt: undefined }, 'payment:voided');
  if (nextStep(heard) !== nextStep(payment))
    return move(heard, { keysSpent: 0, dueAt: nextStep(heard) && after(now, LEASE_MS) });
  return move(heard, isEnded(data.status) ? { dueAt: undefined } : {});
}

/** Takes the step over when it is due, for so long as a step may take. */
export const lease = (payment: PaymentState, now: Date): PaymentDecision =>
  payment.dueAt !== undefined && payment.dueAt <= now.toISOString()
    ? move(payment, { dueAt: after(now, LEASE_MS) })
    : undefined;

/** The buyer asks to pay. Throws a 409 when the order does not wait for a payment, or one is under way. */
export function request(payment: PaymentState, paymentMethod: string, now: Date): PaymentDecision {
  const { order, status, attempts } = payment;
  if (status === 'authorized' || status === 'captured') return undefined;
  if (order.status === 'created')
    throw conflict('order-not-ready', 'The ticket is not held for you yet. Try again in a moment.');
  if (order.status !== 'awaiting:payment')
    throw conflict('order-closed', 'This order can not be paid any more.', { status: order.status });
  if (now.toISOString() >= order.expiresAt) throw conflict('order-expired', 'The time to pay for this order is over.');
  if (status === 'requested') throw conflict('payment-in-progress', 'A payment for this order is under way.');
  if (attempts.length >= MAX_ATTEMPTS)
    throw conflict('too-many-attempts', 'Too many cards were declined for this order.');
  const attempt: Attempt = { number: attempts.length + 1, paymentMethod, status: 'requested', at: now.toISOString() };
  return move(payment, {
    status: 'requested',
    attempts: [...attempts, attempt],
    keysSpent: 0,
    dueAt: after(now, LEASE_MS),
  });
}

/** Keeps the intent's id before it may be confirmed. When the order ended meanwhile nothing is kept. */
export const recordIntent = (payment: PaymentState, intentId: string): PaymentDecision =>
  payment.status === 'requested' && payment.order.status !== 'cancelled' && payment.intentId === undefined
    ? move(payment, { intentId, keysSpent: 0 })
    : undefined;

const withOutcome = ({ attempts }: PaymentState, outcome: Partial<Attempt>): Attempt[] =>
  attempts.map((attempt) => (attempt.number === attempts.length ? { ...attempt, ...outcome } : attempt));

export function recordAuthorized(payment: PaymentState, now: Date): PaymentDecision {
  if (payment.status !== 'requested') return undefined;
  const attempts = withOutcome(payment, { status: 'authorized' });
  // Cancelled meanwhile: there is an authorisation to void, at once.
  const dueAt = payment.order.status === 'cancelled' ? now.toISOString() : after(now, ANSWER_MS);
  return move(payment, { status: 'authorized', attempts, keysSpent: 0, dueAt }, 'payment:authorized');
}

/** The attempt failed; the buyer may make another. `intentIsGone`: the provider gave the intent up, the next attempt needs a new one. */
export function recordDeclined(
  payment: PaymentState,
  declineCode: string,
  now: Date,
  intentIsGone = false,
): PaymentDecision {
  if (payment.status !== 'requested') return undefined;
  const attempts = withOutcome(payment, { status: 'declined', declineCode });
  const dueAt = payment.order.status === 'cancelled' ? now.toISOString() : undefined;
  return move(payment, {
    status: 'declined',
    attempts,
    keysSpent: 0,
    dueAt,
    ...(intentIsGone && { intentId: undefined }),
  });
}

const isOpen = ({ status }: PaymentState): boolean =>
  status === 'requested' || status === 'authorized' || status === 'declined';

export const recordCaptured = (payment: PaymentState): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'captured', dueAt: undefined }, 'payment:captured') : undefined;

export const recordFailed = (payment: PaymentState): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'failed', dueAt: undefined }, 'payment:failed') : undefined;

export const recordVoided = (payment: PaymentState): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'voided', dueAt: undefined }, 'payment:voided') : undefined;

/** The provider did not answer, or with a 500, which spends the key. The same step is tried again soon. */
export const recordTrouble = (payment: PaymentState, keySpent: boolean, now: Date): PaymentDecision =>
  nextStep(payment) === undefined
    ? undefined
    : move(payment, { keysSpent: payment.keysSpent + (keySpent ? 1 : 0), dueAt: after(now, RETRY_MS) });

/** What is to be said of a payment that has come to something. */
export function restate(payment: PaymentState): Fact[] {
  switch (payment.status) {
    case 'authorized':
    case 'captured':
    case 'failed':
    case 'voided':
      return [fact(payment, `payment:${payment.status}`)];
    case 'none':
    case 'requested':
    case 'declined':
      return [];
  }
}

/** Authorised, and no order was claimed: says so again, and waits once more. */
export const askAgain = (payment: PaymentState): PaymentDecision =>
  payment.status === 'authorized' && payment.order.status === 'awaiting:payment'
    ? { say: [fact(payment, 'payment:authorized')] }
    : undefined;
