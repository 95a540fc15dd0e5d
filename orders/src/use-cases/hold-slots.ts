import { HttpError, conflict, isEnded } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { acquireSlot, hasSlot, networkId, noHolds, pauseAfterUnpaid, releaseSlot } from '../hold-slots.ts';
import type { EndedHold, Hold, HoldSlotsState, SlotLimits } from '../hold-slots.ts';
import { isUnpaid } from '../order.ts';

/** The order of a hold younger than this may not have been inserted yet. */
const BEING_PLACED_MS = 10_000;

/** How many tickets a buyer whose address is not confirmed can hold at once. */
const MAX_UNCONFIRMED_HOLDS = 1;

/** Who places an order, from which network; without a network only the buyer's own limits apply. */
export interface Holder {
  userId: string;
  network?: string | undefined;
  isUnconfirmed?: boolean | undefined;
}

/**
 * Acquires a hold slot for an order, of the buyer and of the network, once for each order. Throws a 409 when one of them has none free,
 * or the buyer pauses. Slots of orders that have ended, or that were never inserted because of a crash, are released only
 * when that can change the outcome.
 */
export async function acquireHoldSlot(context: OrdersContext, holder: Holder, orderId: string): Promise<void> {
  const { MAX_LIVE_HOLDS, MAX_NETWORK_HOLDS, HOLD_PAUSE_SECONDS: pauseSeconds } = context.config;
  const { userId, network, isUnconfirmed = false } = holder;
  const limit = isUnconfirmed ? Math.min(MAX_UNCONFIRMED_HOLDS, MAX_LIVE_HOLDS) : MAX_LIVE_HOLDS;
  const own = await acquire(context, userId, { orderId }, { limit, pauseSeconds });
  if (!own.isAcquired) {
    if (own.pausedUntil !== undefined) throw holdsPaused(own.pausedUntil, context.now());
    if (limit < MAX_LIVE_HOLDS)
      throw conflict('unconfirmed-holds', 'Until you confirm your email address you can hold one ticket at a time.', {
        limit,
      });
    const message = `You can hold ${MAX_LIVE_HOLDS} tickets at once. Pay for or cancel one first.`;
    throw conflict('too-many-holds', message, { limit: MAX_LIVE_HOLDS });
  }
  if (network === undefined || MAX_NETWORK_HOLDS === 0) return;
  const limits = { limit: MAX_NETWORK_HOLDS, pauseSeconds: 0 };
  if ((await acquire(context, networkId(network), { orderId, userId }, limits)).isAcquired) return;
  await release(context, userId, { orderId });
  throw conflict(
    'network-holds',
    'Buyers at your internet address hold as many tickets as is allowed. Try again when one of them has paid.',
    { limit: MAX_NETWORK_HOLDS },
  );
}

/** Releases the hold slots of an order that was not placed after all. */
export async function releaseHoldSlot(
  context: OrdersContext,
  { userId, network }: Holder,
  orderId: string,
): Promise<void> {
  await release(context, userId, { orderId });
  if (network !== undefined && context.config.MAX_NETWORK_HOLDS > 0)
    await release(context, networkId(network), { orderId, userId });
}

const release = ({ slots, now }: OrdersContext, id: string, hold: Omit<Hold, 'at'>) =>
  slots.update(id, (state) => releaseSlot(state, { ...hold, at: '' }), now());

interface Outcome {
  isAcquired: boolean;
  pausedUntil?: string | undefined;
}

/** Acquires a slot for a hold. Resolves to whether the hold has one, and if not, until when the buyer pauses. */
async function acquire(
  context: OrdersContext,
  id: string,
  newHold: Omit<Hold, 'at'>,
  limits: SlotLimits,
): Promise<Outcome> {
  const now = context.now();
  const hold = { ...newHold, at: now.toISOString() };
  const before = await tryToAcquire(context, id, hold, { ...limits, now });
  if (hasSlot(before, hold)) return { isAcquired: true };
  const ended = await endedHolds(context, before);
  const after = await tryToAcquire(context, id, hold, { ...limits, now, ended });
  const isAcquired = hasSlot(after, hold);
  return { isAcquired, ...(!isAcquired && { pausedUntil: pauseAfterUnpaid(after, { ...limits, now, ended }) }) };
}

/** Acquires a slot if `acquireSlot` allows it. Resolves to the slots afterwards. */
async function tryToAcquire(
  { slots }: OrdersContext,
  id: string,
  hold: Hold,
  options: Parameters<typeof acquireSlot>[2],
): Promise<HoldSlotsState> {
  const decide = (state: HoldSlotsState) => acquireSlot(state, hold, options);
  for (;;) {
    const updated = await slots.update(id, decide, options.now);
    if (updated) return updated.state;
    const first = decide(noHolds(id))?.next ?? noHolds(id);
    if (await slots.insert(first, [], options.now)) return first;
  }
}

/** The holds that no longer need a slot. */
async function endedHolds({ orders, now }: OrdersContext, { _id, holds }: HoldSlotsState): Promise<EndedHold[]> {
  const placedBefore = new Date(now().getTime() - BEING_PLACED_MS).toISOString();
  const endOf = async (hold: Hold): Promise<EndedHold[]> => {
    const order = await orders.find(hold.orderId);
    // Without an order of this buyer, another buyer's was inserted first, or the process crashed before.
    if (order?.userId !== (hold.userId ?? _id))
      return hold.at < placedBefore ? [{ hold, at: hold.at, outcome: 'neither' }] : [];
    if (!isEnded(order.status)) return [];
    const outcome = order.status === 'complete' ? 'paid' : isUnpaid(order) ? 'unpaid' : 'neither';
    return [{ hold, at: order.updatedAt, outcome }];
  };
  return (await Promise.all(holds.map(endOf))).flat();
}

function holdsPaused(availableAt: string, now: Date): HttpError {
  const retryAfter = Math.ceil((Date.parse(availableAt) - now.getTime()) / 1000);
  const message = `Several tickets that you held were not paid for. You can hold tickets again in ${retryAfter} s.`;
  return new HttpError(409, [{ code: 'holds-paused', message, retryAfter, availableAt }], {
    'Retry-After': String(retryAfter),
  });
}
