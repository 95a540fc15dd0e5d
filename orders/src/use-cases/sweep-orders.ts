import type { OrdersContext } from '../context.ts';
import { expire, resend } from '../order.ts';
import { moveOrder } from './move-order.ts';

/** How long the expiration service may take after the grace period before the sweep cancels an order. */
const OVERDUE_MS = 3000;
/** How long an order waits for an answer before its event is resent. */
const ANSWER_MS = 10_000;

/** Cancels overdue orders whose `expiration:complete` has not arrived, and emits `order:cancelled`. */
export async function expireOverdue(context: OrdersContext): Promise<void> {
  const { orders, sweeps, now, config } = context;
  const before = new Date(now().getTime() - config.EXPIRY_GRACE_SECONDS * 1000 - OVERDUE_MS).toISOString();
  const overdue = { status: { $in: ['created', 'awaiting:payment'] }, expiresAt: { $lt: before } };
  await sweeps.run('overdue orders', orders, overdue, (id) => moveOrder(context, id, expire));
}

/** Resends the event of orders that wait too long for an answer from tickets (created) or payments (capturing). */
export async function resendUnanswered(context: OrdersContext): Promise<void> {
  const { orders, sweeps, now } = context;
  const before = new Date(now().getTime() - ANSWER_MS).toISOString();
  const unanswered = {
    status: { $in: ['created', 'capturing'] },
    updatedAt: { $lt: before },
    // An event that is still in the outbox is new, or was not published yet.
    'outbox.0': { $exists: false },
  };
  await sweeps.run('unanswered orders', orders, unanswered, (id) => moveOrder(context, id, resend));
}
