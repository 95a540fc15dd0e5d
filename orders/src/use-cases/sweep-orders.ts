import { trusted } from 'mongoose';
import type { OrdersContext } from '../context.ts';
import { expire, restate } from '../order.ts';
import { moveOrder } from './move-order.ts';

/** How long after the grace the expiration service may take before nobody waits for it any longer. */
const OVERDUE_MS = 3000;
/** How long an order waits for an answer before it asks again. */
const ANSWER_MS = 10_000;
const BATCH = 200;

/** Cancels orders that are overdue, which the expiration service should have told of; says `order:cancelled`. */
export async function expireOverdue(context: OrdersContext): Promise<number> {
  const { orders, now, config } = context;
  const before = new Date(now().getTime() - config.EXPIRY_GRACE_SECONDS * 1000 - OVERDUE_MS).toISOString();
  const overdue = await orders
    .find({ status: trusted({ $in: ['created', 'awaiting:payment'] }), expiresAt: trusted({ $lt: before }) })
    .select('_id')
    .limit(BATCH)
    .lean()
    .exec();
  for (const { _id } of overdue) await moveOrder(context, _id, expire);
  return overdue.length;
}

/** Says again where the orders stand that wait too long for an answer from tickets (created) or payments (capturing). */
export async function askAgain(context: OrdersContext): Promise<number> {
  const { orders, now } = context;
  const before = new Date(now().getTime() - ANSWER_MS).toISOString();
  const waiting = await orders
    .find({ status: trusted({ $in: ['created', 'capturing'] }), updatedAt: trusted({ $lt: before }) })
    .select('_id')
    .limit(BATCH)
    .lean()
    .exec();
  for (const { _id } of waiting) {
    // Between the query and now the answer may have come.
    await moveOrder(context, _id, (order) =>
      order.status === 'created' || order.status === 'capturing' ? restate(order) : undefined,
    );
  }
  return waiting.length;
}
