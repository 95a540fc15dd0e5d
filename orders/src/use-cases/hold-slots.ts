import { conflict, isEnded } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { acquireSlot, hasSlot, noHolds, releaseSlot } from '../hold-slots.ts';
import type { Hold, HoldSlotsState } from '../hold-slots.ts';

/** The order of a hold younger than this may not have been inserted yet. */
const BEING_PLACED_MS = 10_000;

/**
 * Acquires one of the buyer's hold slots for an order, once for each order. Throws a 409 when none is free. Slots of orders that
 * have ended, or that were never inserted because of a crash, are released only when a slot is needed.
 */
export async function acquireHoldSlot(context: OrdersContext, userId: string, orderId: string): Promise<void> {
  const limit = context.config.MAX_LIVE_HOLDS;
  const slots = await tryToAcquire(context, userId, orderId);
  if (hasSlot(slots, orderId)) return;
  const ended = await endedHolds(context, userId, slots.holds);
  if (ended.length > 0 && hasSlot(await tryToAcquire(context, userId, orderId, ended), orderId)) return;
  throw conflict('too-many-holds', `You can hold ${limit} tickets at once. Pay for or cancel one first.`, { limit });
}

/** Releases the hold slot of an order that was not placed after all. */
export async function releaseHoldSlot({ slots, now }: OrdersContext, userId: string, orderId: string): Promise<void> {
  await slots.update(userId, (state) => releaseSlot(state, orderId), now());
}

/** Acquires a slot if one is free. Resolves to the slots afterwards. */
async function tryToAcquire(
  { slots, now, config }: OrdersContext,
  userId: string,
  orderId: string,
  ended: string[] = [],
): Promise<HoldSlotsState> {
  const at = now();
  const acquire = (state: HoldSlotsState) =>
    acquireSlot(state, orderId, { limit: config.MAX_LIVE_HOLDS, now: at, ended });
  for (;;) {
    const updated = await slots.update(userId, acquire, at);
    if (updated) return updated.state;
    const first = acquire(noHolds(userId))?.next ?? noHolds(userId);
    if (await slots.insert(first, [], at)) return first;
  }
}

/** The ids of the orders of these holds that no longer need a slot. */
async function endedHolds({ orders, now }: OrdersContext, userId: string, holds: Hold[]): Promise<string[]> {
  const placedBefore = new Date(now().getTime() - BEING_PLACED_MS).toISOString();
  const isEndedHold = async ({ orderId, at }: Hold) => {
    const order = await orders.find(orderId);
    return order?.userId === userId ? isEnded(order.status) : at < placedBefore;
  };
  const ended = await Promise.all(holds.map(isEndedHold));
  return holds.filter((_, index) => ended[index]).map(({ orderId }) => orderId);
}
