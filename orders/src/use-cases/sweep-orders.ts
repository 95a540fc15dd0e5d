import type { OrdersContext } from '../context.ts';
import { expire, resend } from '../order.ts';
import { moveOrder } from './move-order.ts';

/** How long after the grace the expiration service may take before an order is cancelled without it. */
const OVERDUE_MS = 3000;
/** How long an order waits for an answer before its event is published again. */
const ANSWER_MS = 10_000;

/** Cancels orders that are overdue although expiration has not told so, and emits `order:cancelled`. */
export async function expireOverdue(context: OrdersContext): Promise<void> {
  const { orders, now, config } = context;
  const before = new Date(now().getTime() - config.EXPIRY_GRACE_SECONDS * 1000 - OVERDUE_MS).toISOString();
  const overdue = { status: { $in: ['created', 'awaiting:payment'] }, expiresAt: { $lt: before } };
  for (const id of await orders.ids(overdue)) await moveOrder(context, id, expire);
}

/** Emits the event again of orders that wait too long for an answer of tickets (created) or payments (capturing). */
export async function resendUnanswered(context: OrdersContext): Promise<void> {
  const { orders, now } = context;
  const before = new Date(now().getTime() - ANSWER_MS).toISOString();
  const unanswered = {
    status: { $in: ['created', 'capturing'] },
    updatedAt: { $lt: before },
    // While the bus is down the event is in the outbox still.
    'outbox.0': { $exists: false },
  };
  for (const id of await orders.ids(unanswered)) await moveOrder(context, id, resend);
}
