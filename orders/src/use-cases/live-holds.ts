import { conflict, isEnded } from '@ticketing/common';
import { upsert } from '@ticketing/common/mongo';
import { trusted } from 'mongoose';
import type { OrdersContext } from '../context.ts';
import type { Buyer } from '../models/buyer.ts';

/** Within this time a place may belong to an order that is just being inserted. */
const BEING_PLACED_MS = 10_000;

/**
 * Takes one of the buyer's places for live holds, for the same order once. Throws a 409 when all are taken. Places are
 * given back when somebody needs one: those of orders that have ended, or were never inserted because of a crash.
 */
export async function takePlace(context: OrdersContext, userId: string, orderId: string): Promise<void> {
  if (await tryToTake(context, userId, orderId)) return;
  const holds = (await context.buyers.findById(userId).lean().exec())?.holds ?? [];
  if (holds.some((hold) => hold.orderId === orderId)) return;
  const limit = context.config.MAX_LIVE_HOLDS;
  const over = await ended(context, userId, holds);
  if (over.length > 0) await giveBack(context, userId, over);
  // There may be room without that too: another process has just inserted the buyer.
  if (holds.length - over.length < limit && (await tryToTake(context, userId, orderId))) return;
  throw conflict('too-many-holds', `You can hold ${limit} tickets at once. Pay for or cancel one first.`, { limit });
}

/** Takes a place; gives false when the buyer has none left, or this order has one. */
const tryToTake = ({ buyers, now, config }: OrdersContext, userId: string, orderId: string): Promise<boolean> =>
  upsert(
    buyers,
    {
      _id: userId,
      [`holds.${config.MAX_LIVE_HOLDS - 1}`]: { $exists: false },
      'holds.orderId': { $ne: orderId },
    },
    { $push: { holds: { orderId, at: now().toISOString() } } },
  );

export async function giveBack({ buyers }: OrdersContext, userId: string, orderIds: string[]): Promise<void> {
  await buyers.updateOne({ _id: userId }, { $pull: { holds: { orderId: trusted({ $in: orderIds }) } } });
}

/** The orders among these holds that need no place any more. */
async function ended({ orders, now }: OrdersContext, userId: string, holds: Buyer['holds']): Promise<string[]> {
  const found = await orders
    .find({ _id: trusted({ $in: holds.map((hold) => hold.orderId) }) })
    .select('status userId')
    .lean()
    .exec();
  const before = new Date(now().getTime() - BEING_PLACED_MS).toISOString();
  return holds
    .filter(({ orderId, at }) => {
      const order = found.find(({ _id }) => _id === orderId);
      return order?.userId === userId ? isEnded(order.status) : at < before;
    })
    .map(({ orderId }) => orderId);
}
