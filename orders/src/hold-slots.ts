// An order that has not ended has a hold slot of its buyer, and one of its network where networks are limited. No two orders have the
// same slot, by a unique index. The slots are fields of the order: they are acquired by the write that inserts it, and released by
// the write that ends it.
import { createHash } from 'node:crypto';
import { isEnded } from '@ticketing/common';
import { isUnpaid } from './order.ts';
import type { OrderState } from './order.ts';

/** The slots of an order. */
export type HoldSlots = Pick<OrderState, 'buyerSlot' | 'networkSlot'>;

/** What an order that may have ended tells about a pause. */
export type EarlierOrder = Pick<OrderState, 'status' | 'reason' | 'updatedAt'>;

/** How many holds in a row may end unpaid before the buyer pauses. */
const UNPAID_WITHOUT_PAUSE = 3;
/** When holds that ended unpaid are forgotten, and the longest pause. */
const FORGOTTEN_AFTER_MS = 24 * 3600 * 1000;

/** The condition on the slots of a buyer, by the user's id, or of a network. */
export const slotsOf = (owner: string) => ({ $gte: `${owner} `, $lt: `${owner}!` });

/** A slot of an owner for this order that is not among those which are taken; undefined when `limit` or more are. */
export function freeSlot(
  owner: string,
  { taken, limit, orderId }: { taken: readonly (string | undefined)[]; limit: number; orderId: string },
): string | undefined {
  if (taken.length >= limit) return undefined;
  // Each order begins with another one: what is taken is not known before the first try, and several may try at the same time.
  for (
    let index = createHash('sha256').update(orderId).digest().readUInt32BE() % limit;
    ;
    index = (index + 1) % limit
  ) {
    const slot = `${owner} ${index}`;
    if (!taken.includes(slot)) return slot;
  }
}

/**
 * Until when the buyer may not hold any ticket: the fourth hold in a row that ended unpaid is followed by a pause, and each further one
 * by a pause twice as long, of a day at most. A hold that is paid ends the row, and so does a day without one that is not. `recent`: the
 * buyer's latest orders. Undefined when there is no pause.
 */
export function pauseAfterUnpaid(
  recent: readonly EarlierOrder[],
  { pauseSeconds, now }: { pauseSeconds: number; now: Date },
): string | undefined {
  const ended = recent.filter(({ status }) => isEnded(status)).sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  let inARow = 0;
  let later = now.getTime();
  for (const order of ended) {
    const endedAt = Date.parse(order.updatedAt);
    if (order.status === 'complete' || later - endedAt >= FORGOTTEN_AFTER_MS) break;
    if (!isUnpaid(order)) continue;
    inARow++;
    later = endedAt;
  }
  const [latest] = ended.filter(isUnpaid);
  const tooMany = inARow - UNPAID_WITHOUT_PAUSE;
  if (latest === undefined || tooMany <= 0) return undefined;
  const pauseMs = Math.min(pauseSeconds * 1000 * 2 ** (tooMany - 1), FORGOTTEN_AFTER_MS);
  const until = Date.parse(latest.updatedAt) + pauseMs;
  return until > now.getTime() ? new Date(until).toISOString() : undefined;
}
