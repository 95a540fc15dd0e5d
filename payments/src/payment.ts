import { conflict, isEnded, notFound, paymentRequired, unavailable } from '@ticketing/common';
import type {
  DomainEvent,
  EventName,
  Money,
  OrderData,
  OrderStatus,
  PaymentStatus,
  TicketData,
} from '@ticketing/common';
import type { AttemptView, Card } from '@ticketing/common/shapes';
import type { Decision, State, Stored } from '@ticketing/core';
import type { Intent } from './provider/provider.ts';

export interface Attempt extends AttemptView {
  paymentMethod: string;
  /** The command that has made it, if the buyer's request had an idempotency key. */
  commandId?: string | undefined;
}

/**
 * The payment for an order, together with a copy of the order (from the ticket:updated that holds its ticket, order:claimed and
 * order:cancelled). They are one document, so that an attempt and a concurrent cancellation can not miss each other: the
 * second write sees the first.
 */
export interface Payment extends Stored {
  order: { version: number; status: OrderStatus; userId: string; price: Money; expiresAt: string };
  /** `none` until the buyer first tries to pay. */
  status: PaymentStatus | 'none';
  /** The provider's payment intent, as soon as it is known. It is reused by every attempt, unless the provider cancels it. */
  intentId?: string | undefined;
  /** The provider that the intent is at. */
  provider?: string | undefined;
  attempts: Attempt[];
  /** The card that paid, once the money is captured. */
  card?: Card | undefined;
  /** How many idempotency keys of the current step the provider has spent, by answering them with a 500. */
  keysSpent: number;
  /** Lease expiry: after this, any process may take the next step or repeat it. */
  dueAt?: string | undefined;
}

export type PaymentState = State<Payment>;
type PaymentDecision = Decision<Payment> | undefined;

/**
 * The lease of a process on a step. When a slow provider makes the step take longer, a second process starts it too. That is
 * safe: both use the same idempotency keys, and only one outcome is recorded.
 */
const LEASE_MS = 15_000;
/** The delay of a retry. */
const RETRY_MS = 2000;
/** How long an authorised payment waits for the order to be claimed before its event is resent. */
const ANSWER_MS = 10_000;
/** The delay before the next check of an intent that waits for the buyer's bank: half of its age, within these bounds. */
const CHECK_MS = { least: 2000, most: 5000 };
const MAX_ATTEMPTS = 10;

/** The 404 for an order without a payment, and for an order of another buyer. */
export const paymentNotFound = () => notFound('payment-not-found', 'There is no payment for this order.');

/** The 503 for an attempt whose outcome is unknown. */
export const paymentPending = () =>
  unavailable(
    'payment-pending',
    'The payment provider is unavailable. We keep trying while you hold the ticket: look at your order.',
  );

const after = (now: Date, ms: number): string => new Date(now.getTime() + ms).toISOString();

/** The status in the API, which has no `none`. */
export const shownStatus = (status: Payment['status']): PaymentStatus => (status === 'none' ? 'requested' : status);

type PaymentEventName = Extract<EventName, `payment:${string}`>;

/** An event about a payment's current state. */
export function paymentEvent(payment: PaymentState, name: PaymentEventName): DomainEvent {
  const { _id: id, version, status, order } = payment;
  // Events tell outcomes: there is none yet while the buyer's bank waits.
  const told = status === 'none' || status === 'authenticating' ? 'requested' : status;
  return { name, data: { id, version, orderId: id, status: told, ...order.price } };
}

function move(payment: PaymentState, changes: Partial<PaymentState>, name?: PaymentEventName): Decision<Payment> {
  const next = { ...payment, ...changes, version: payment.version + 1 };
  return { next, events: name === undefined ? [] : [paymentEvent(next, name)] };
}

/** The copy of an order. */
export const copyOf = ({ version, status, userId, offer, expiresAt }: OrderData): Payment['order'] => ({
  version,
  status,
  userId,
  expiresAt,
  price: offer.price,
});

/** The copy of an order for which its ticket is held; undefined for any other ticket. It is older than every other event of the order. */
export function heldOrder(ticket: TicketData): ({ id: string } & Payment['order']) | undefined {
  const { status, orderId, buyerId, reservedUntil, price } = ticket;
  if (status !== 'held' || orderId === undefined || buyerId === undefined || reservedUntil === undefined)
    return undefined;
  return { id: orderId, version: 0, status: 'awaiting:payment', userId: buyerId, price, expiresAt: reservedUntil };
}

/** A payment that was not requested yet: only the copy of the order. */
export const begin = (id: string, order: Payment['order']): PaymentState => ({
  _id: id,
  version: 0,
  order,
  status: 'none',
  attempts: [],
  keysSpent: 0,
});

/** The calls to the provider that have an idempotency key. */
const keyVerbs = ['authorize', 'confirm', 'capture', 'void'] as const;

/** A step at the provider. `check`: reads whether the buyer has confirmed the payment at the bank. */
export type Step = 'authorize' | 'check' | 'capture' | 'void';

/** The step that a payment needs, if any. */
export function nextStep({ order, status, intentId }: PaymentState): Step | undefined {
  if (order.status === 'cancelled') {
    // The outcome of an attempt that was requested is unknown: it may have authorised the money.
    const mayBeVoided = status === 'authorized' || status === 'authenticating' || status === 'declined';
    return status === 'requested' || (intentId !== undefined && mayBeVoided) ? 'void' : undefined;
  }
  if (status === 'requested') return 'authorize';
  if (status === 'authenticating') return 'check';
  return status === 'authorized' && order.status === 'capturing' ? 'capture' : undefined;
}

/**
 * Replaces the copy of the order by a newer one. A void that this requires is leased to the caller. A copy that is not newer may be a
 * resent order:claimed: while the order awaits the capture, its outcome is emitted again.
 *
 * Before a capture nothing is saved, because nothing else can happen to the payment any more: a claimed order neither expires nor is
 * cancelled. If the capture is interrupted, the authorised payment is soon due, and orders resends order:claimed. The payment may be out
 * of date: what was captured or cancelled since, the provider does not capture again.
 */
export function applyOrder(payment: PaymentState, data: OrderData, now: Date): PaymentDecision {
  if (data.version <= payment.order.version) return resendOutcome(payment, data);
  const copied = { ...payment, order: copyOf(data) };
  if (!needsOtherStep(payment, copied)) return move(copied, isEnded(data.status) ? { dueAt: undefined } : {});
  if (nextStep(copied) === 'capture') return { events: [] };
  // To void an attempt of unknown outcome its call is repeated, with the key that it had.
  const keysSpent = payment.status === 'requested' ? payment.keysSpent : 0;
  return move(copied, { keysSpent, dueAt: nextStep(copied) && after(now, LEASE_MS) });
}

/** The payment with a copy of its order, unless it has a newer one. */
export const withOrder = (payment: PaymentState, order: Payment['order']): PaymentState =>
  order.version > payment.order.version ? { ...payment, order } : payment;

/** Whether a copy of its order gives a payment a step that it did not have. */
export function beginsStep(payment: PaymentState, order: Payment['order']): boolean {
  const copied = withOrder(payment, order);
  return nextStep(copied) !== undefined && needsOtherStep(payment, copied);
}

const needsOtherStep = (before: PaymentState, next: PaymentState): boolean => nextStep(next) !== nextStep(before);

function resendOutcome(payment: PaymentState, data: OrderData): PaymentDecision {
  const { order, status } = payment;
  if (data.status !== 'capturing' || order.status !== 'capturing') return undefined;
  if (status !== 'captured' && status !== 'failed') return undefined;
  return { events: [paymentEvent(payment, `payment:${status}`)] };
}

/** Acquires the lease of a step that is due. */
export const lease = (payment: PaymentState, now: Date): PaymentDecision =>
  payment.dueAt !== undefined && payment.dueAt <= now.toISOString()
    ? move(payment, { dueAt: after(now, LEASE_MS) })
    : undefined;

/**
 * The buyer requests a payment, also with another card while the bank waits for a confirmation. A repeated command makes no second
 * attempt, unless the bank waits for the confirmation of its first. Throws a 409 when the order does not await payment, or a payment
 * is in progress, and the outcome of the command's earlier attempt: 402 after a decline, 503 while it is open.
 */
export function request(payment: PaymentState, paymentMethod: string, now: Date, commandId?: string): PaymentDecision {
  const { order, status, attempts } = payment;
  if (status === 'authorized' || status === 'captured') return undefined;
  const earlier = commandId === undefined ? undefined : attempts.findLast((one) => one.commandId === commandId);
  if (earlier) refuseDeclined(earlier);
  if (order.status !== 'awaiting:payment')
    throw conflict('order-closed', 'This order can not be paid any more.', { status: order.status });
  if (earlier?.status === 'requested') throw paymentPending();
  if (now.toISOString() >= order.expiresAt) throw conflict('order-expired', 'The time to pay for this order is over.');
  if (status === 'requested') throw conflict('payment-in-progress', 'A payment for this order is under way.');
  if (attempts.length >= MAX_ATTEMPTS)
    throw conflict('too-many-attempts', 'Too many cards were declined for this order.');
  const attempt: Attempt = {
    ...{ number: attempts.length + 1, paymentMethod, status: 'requested', at: now.toISOString() },
    ...(commandId !== undefined && { commandId }),
  };
  return move(payment, {
    status: 'requested',
    attempts: [...attempts, attempt],
    keysSpent: 0,
    dueAt: after(now, LEASE_MS),
  });
}

/** Throws the decline of an attempt. While the bank waits for the buyer's confirmation, the same command may try again. */
function refuseDeclined({ status, declineCode }: Attempt): void {
  if (status === 'declined') throw paymentRequired('card-declined', 'The card was declined.', { declineCode });
}

type Outcome = Pick<Attempt, 'status' | 'declineCode'>;

/** What becomes of an attempt that waited for the bank when the intent is confirmed with another card. */
const REPLACED: Outcome = { status: 'declined', declineCode: 'authentication_required' };

const isUndecided = ({ status }: Attempt): boolean => status === 'requested' || status === 'authenticating';

/** Records the outcome of the last undecided attempt, and what becomes of an earlier one that waits for the bank. */
function withOutcome({ attempts }: PaymentState, outcome: Outcome, earlier?: Outcome): Attempt[] {
  const last = attempts.findLast(isUndecided);
  return attempts.map((attempt) => {
    if (attempt === last) return { ...attempt, ...outcome };
    return isUndecided(attempt) ? { ...attempt, ...earlier } : attempt;
  });
}

/** The intent of an attempt, and the provider that it is at. */
export interface IntentAt {
  intentId: string;
  provider: string;
}

/** Records the intent of an attempt whose outcome is not recorded yet. */
export const recordIntent = (payment: PaymentState, intent: IntentAt): PaymentDecision =>
  payment.status === 'requested' && payment.intentId === undefined
    ? move(payment, { ...intent, keysSpent: 0 })
    : undefined;

/** The provider has authorised the payment. */
export function recordAuthorized(payment: PaymentState, intent: IntentAt, now: Date): PaymentDecision {
  if (!isUnderWay(payment)) return undefined;
  const attempts = withOutcome(payment, { status: 'authorized' }, REPLACED);
  // If the order has been cancelled, the authorisation is to be voided at once.
  const dueAt = payment.order.status === 'cancelled' ? now.toISOString() : after(now, ANSWER_MS);
  return move(payment, { ...intent, status: 'authorized', attempts, keysSpent: 0, dueAt }, 'payment:authorized');
}

/** Whether the outcome of an attempt is open. */
const isUnderWay = ({ status }: PaymentState): boolean => status === 'requested' || status === 'authenticating';

/**
 * When an intent that waits for the buyer's bank is checked next. One check is due as the hold ends, because orders accepts an
 * authorisation for a moment longer; a cancelled order is voided at once.
 */
function nextCheck({ order, attempts }: PaymentState, now: Date): string {
  if (order.status === 'cancelled') return now.toISOString();
  const age = now.getTime() - Date.parse(attempts.findLast(isUndecided)?.at ?? now.toISOString());
  const next = after(now, Math.min(CHECK_MS.most, Math.max(CHECK_MS.least, age / 2)));
  return now.toISOString() < order.expiresAt && order.expiresAt < next ? order.expiresAt : next;
}

/**
 * The bank wants the buyer to confirm the payment. The buyer's browser may never come back, so from now on the intent is checked
 * until the order ends.
 */
export const recordAuthenticating = (payment: PaymentState, intent: IntentAt, now: Date): PaymentDecision =>
  payment.status === 'requested' ? authenticating(payment, intent, now) : undefined;

function authenticating(payment: PaymentState, intent: IntentAt, now: Date): Decision<Payment> {
  const attempts = withOutcome(payment, { status: 'authenticating' }, REPLACED);
  const dueAt = nextCheck(payment, now);
  return move(payment, { ...intent, status: 'authenticating', attempts, keysSpent: 0, dueAt });
}

/**
 * Records what a check has found. `checked`: the payment as of the check. Only an authorisation counts when another attempt has begun
 * in the meantime, or the order was cancelled.
 */
export function recordChecked(
  payment: PaymentState,
  { intent, provider, checked }: { intent: Intent; provider: string; checked: PaymentState },
  now: Date,
): PaymentDecision {
  const at: IntentAt = { intentId: intent.id, provider };
  if (intent.state === 'authorized' || intent.state === 'captured') return recordAuthorized(payment, at, now);
  const isChecked = payment.status === 'authenticating' && payment.attempts.length === checked.attempts.length;
  if (!isChecked || payment.order.status === 'cancelled') return undefined;
  if (intent.state === 'canceled') return declined(payment, 'canceled', undefined, now);
  if (intent.state === 'open' && intent.declineCode !== undefined)
    return declined(payment, intent.declineCode, at, now);
  return authenticating(payment, at, now);
}

/** The attempt failed; the buyer may make another. `intent`: what the next attempt may reuse, if the provider has not cancelled it. */
export const recordDeclined = (
  payment: PaymentState,
  declineCode: string,
  intent: IntentAt | undefined,
  now: Date,
): PaymentDecision => (payment.status === 'requested' ? declined(payment, declineCode, intent, now) : undefined);

function declined(
  payment: PaymentState,
  declineCode: string,
  intent: IntentAt | undefined,
  now: Date,
): Decision<Payment> {
  const attempts = withOutcome(payment, { status: 'declined', declineCode }, REPLACED);
  const dueAt = payment.order.status === 'cancelled' && intent ? now.toISOString() : undefined;
  const next = { status: 'declined', attempts, keysSpent: 0, dueAt, intentId: intent?.intentId } as const;
  return move(payment, { ...next, ...(intent && { provider: intent.provider }) });
}

/**
 * The provider refused the attempt and did nothing. If the bank still waits for the buyer's confirmation of an earlier one, that is
 * checked on.
 */
export function recordRefused(
  payment: PaymentState,
  declineCode: string,
  intent: IntentAt | undefined,
  now: Date,
): PaymentDecision {
  if (payment.status !== 'requested') return undefined;
  const attempts = withOutcome(payment, { status: 'declined', declineCode });
  if (!attempts.some(isUndecided)) return declined(payment, declineCode, intent, now);
  const dueAt = nextCheck({ ...payment, attempts }, now);
  return move(payment, { status: 'authenticating', attempts, keysSpent: 0, dueAt });
}

const isOpen = (payment: PaymentState): boolean =>
  isUnderWay(payment) || payment.status === 'authorized' || payment.status === 'declined';

/** The provider has captured the payment, from this card if it tells which. */
export const recordCaptured = (payment: PaymentState, card?: Card): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'captured', card, dueAt: undefined }, 'payment:captured') : undefined;

/** The provider has refused to capture the payment, for good. */
export const recordFailed = (payment: PaymentState): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'failed', dueAt: undefined }, 'payment:failed') : undefined;

/** The provider has cancelled the intent of a cancelled order, or has none. */
export const recordVoided = (payment: PaymentState): PaymentDecision =>
  isOpen(payment) ? move(payment, { status: 'voided', dueAt: undefined }, 'payment:voided') : undefined;

/**
 * The outcome of a step is unknown; it is retried soon. `spentKey`: the idempotency key of its call, if the provider has answered with a
 * 500, which spends the key. That counts once, however many processes have used the key: while a call may still be on its way under
 * the next key, another key could make the provider act twice.
 */
export function scheduleRetry(payment: PaymentState, spentKey: string | undefined, now: Date): PaymentDecision {
  if (nextStep(payment) === undefined) return undefined;
  const isNext = keyVerbs.some((verb) => idempotencyKey(verb, payment) === spentKey);
  return move(payment, { keysSpent: payment.keysSpent + (isNext ? 1 : 0), dueAt: after(now, RETRY_MS) });
}

/** The event of a payment's current outcome, if it has one. */
export function currentStateEvents(payment: PaymentState): DomainEvent[] {
  switch (payment.status) {
    case 'authorized':
    case 'captured':
    case 'failed':
    case 'voided':
      return [paymentEvent(payment, `payment:${payment.status}`)];
    case 'none':
    case 'requested':
    case 'authenticating':
    case 'declined':
      return [];
  }
}

/** Emits `payment:authorized` again while the order is not claimed. */
export const resendAuthorized = (payment: PaymentState): PaymentDecision =>
  payment.status === 'authorized' && payment.order.status === 'awaiting:payment'
    ? { events: [paymentEvent(payment, 'payment:authorized')] }
    : undefined;

/**
 * The idempotency key of a call to the provider: the same for every repetition of a step, and a new one after the provider has
 * answered with a 500. Each attempt to authorise has its own key.
 */
export const idempotencyKey = (
  verb: (typeof keyVerbs)[number],
  { _id: id, attempts, keysSpent }: PaymentState,
): string => {
  const attempt = verb === 'authorize' || verb === 'confirm' ? `:${attempts.length}` : '';
  return `${verb}:${id}${attempt}${keysSpent > 0 ? `:${keysSpent + 1}` : ''}`;
};
