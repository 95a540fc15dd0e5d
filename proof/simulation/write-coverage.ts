import { isEnded } from '@ticketing/common';
import { currentRequestId } from '@ticketing/runtime';
import type { CoveragePoint } from './coverage.ts';
import type { Order, Payment, State, Ticket } from './state.ts';

// Messages and requests have an id; the sweeps have none.
const isSweep = () => currentRequestId() === undefined;

/** The coverage points that a write to an order reaches. */
export function* orderCoverage(before: Order | undefined, after: Order): Generator<CoveragePoint> {
  const { status, reason } = after;
  if (before?.version === after.version && isSweep() && after.outbox.length > before.outbox.length)
    yield 'the event of an unanswered order is resent';
  if (before?.status === status) return;
  if (status === 'complete') yield 'an order completes';
  if (before?.status === 'created' && reason === 'buyer') yield 'an order is cancelled before its hold is granted';
  if (reason === 'ticket-changed') yield 'a ticket is refused because it was edited';
  if (reason === 'ticket-withdrawn') yield 'a ticket is refused because it was withdrawn';
  if (reason === 'payment-failed') yield 'a capture is refused';
  if (reason === 'expired')
    yield isSweep() ? 'an order expires because the sweep found it' : 'an order expires because its timer fired';
}

/** The coverage points that a write to a ticket reaches. */
export function* ticketCoverage(before: Ticket | undefined, after: Ticket, state: State): Generator<CoveragePoint> {
  if (before?.version === after.version) {
    if (before.outbox.length < after.outbox.length && isSweep()) yield 'the event of an overdue hold is resent';
    return;
  }
  if (before?.status === 'sold' && !before.delivery && after.delivery)
    yield 'a ticket that was sold without a delivery gets one';
  if (after.status !== 'held' || before?.hold?.orderId === after.hold?.orderId) return;
  const order = state.orders().get(after.hold?.orderId ?? '');
  if (order && isEnded(order.status)) yield 'a ticket is held for an order that has already ended';
}

const VOIDED: Partial<Record<Payment['status'], CoveragePoint>> = {
  requested: 'an attempt of unknown outcome is voided',
  authenticating: 'a payment that waits for the bank is voided',
};

/** The coverage points that a write to a payment reaches. */
export function* paymentCoverage(before: Payment | undefined, after: Payment, now: number): Generator<CoveragePoint> {
  if (!before) return;
  if (before.status !== after.status) {
    if (after.status === 'voided') yield VOIDED[before.status] ?? 'a late authorisation is voided';
    if (before.status === 'authenticating' && after.status === 'authorized')
      yield 'a buyer confirms a payment at the bank and does not come back';
    const declines = after.attempts.filter(({ declineCode }) => declineCode !== undefined);
    if (after.status === 'declined') yield 'a card is declined';
    if (after.status === 'authorized' && declines.length > 0) yield 'a card is declined and the next one pays';
    if (after.status === 'authenticating') yield 'a bank requires authentication';
    return;
  }
  if (before.outbox.length < after.outbox.length && after.status === 'authorized')
    yield 'payment:authorized is resent because it was not answered';
  const wasDue = before.dueAt !== undefined && before.dueAt <= new Date(now).toISOString();
  const isLeased = wasDue && after.dueAt !== undefined && after.dueAt > (before.dueAt ?? '');
  if (isLeased && before.keysSpent === after.keysSpent) yield 'another process takes over a payment';
}
