import { HttpError, conflict } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { freeSlot, pauseAfterUnpaid, slotsOf } from '../hold-slots.ts';
import type { HoldSlots } from '../hold-slots.ts';

/** How many tickets a buyer whose address is not confirmed can hold at once. */
const MAX_UNCONFIRMED_HOLDS = 1;
/** How many of a buyer's orders are looked at for a pause: after as many unpaid holds in a row the pause is the longest. */
const LOOKED_AT = 30;

/** Who places an order, from which network; without a network only the buyer's own limits apply. */
export interface Holder {
  userId: string;
  network?: string | undefined;
  isUnconfirmed?: boolean | undefined;
}

/** The slots that orders have, of a buyer and of a network. */
export interface TakenSlots {
  ofBuyer: (string | undefined)[];
  ofNetwork: (string | undefined)[];
}

/** Most buyers hold no other ticket: an order is first inserted as if no slot were taken. */
export const noneTaken: TakenSlots = { ofBuyer: [], ofNetwork: [] };

const limitedNetwork = ({ config }: OrdersContext, { network }: Holder) =>
  config.MAX_NETWORK_HOLDS > 0 ? network : undefined;

/** Reads which slots are taken. */
export async function takenSlots(context: OrdersContext, holder: Holder): Promise<TakenSlots> {
  const { orders, config } = context;
  const network = limitedNetwork(context, holder);
  const [ofBuyer, ofNetwork] = await Promise.all([
    orders.matching({ buyerSlot: slotsOf(holder.userId) }, config.MAX_LIVE_HOLDS),
    network === undefined ? [] : orders.matching({ networkSlot: slotsOf(network) }, config.MAX_NETWORK_HOLDS),
  ]);
  return {
    ofBuyer: ofBuyer.map(({ buyerSlot }) => buyerSlot),
    ofNetwork: ofNetwork.map(({ networkSlot }) => networkSlot),
  };
}

/** The slots with which an order can be inserted, of the buyer and of the network. Throws a 409 when one of them has none free. */
export function chooseSlots(context: OrdersContext, holder: Holder, orderId: string, taken: TakenSlots): HoldSlots {
  const { MAX_LIVE_HOLDS, MAX_NETWORK_HOLDS } = context.config;
  const limit = holder.isUnconfirmed === true ? Math.min(MAX_UNCONFIRMED_HOLDS, MAX_LIVE_HOLDS) : MAX_LIVE_HOLDS;
  const buyerSlot = freeSlot(holder.userId, { taken: taken.ofBuyer, limit, orderId });
  if (buyerSlot === undefined) {
    if (limit < MAX_LIVE_HOLDS)
      throw conflict('unconfirmed-holds', 'Until you confirm your email address you can hold one ticket at a time.', {
        limit,
      });
    const message = `You can hold ${MAX_LIVE_HOLDS} tickets at once. Pay for or cancel one first.`;
    throw conflict('too-many-holds', message, { limit: MAX_LIVE_HOLDS });
  }
  const network = limitedNetwork(context, holder);
  if (network === undefined) return { buyerSlot };
  const networkSlot = freeSlot(network, { taken: taken.ofNetwork, limit: MAX_NETWORK_HOLDS, orderId });
  if (networkSlot !== undefined) return { buyerSlot, networkSlot };
  throw conflict(
    'network-holds',
    'Buyers at your internet address hold as many tickets as is allowed. Try again when one of them has paid.',
    { limit: MAX_NETWORK_HOLDS },
  );
}

/** Throws a 409 while a buyer who let several holds end unpaid may hold no ticket. */
export async function refuseWhileHoldsPaused({ queries, now, config }: OrdersContext, userId: string): Promise<void> {
  const pauseSeconds = config.HOLD_PAUSE_SECONDS;
  if (pauseSeconds === 0) return;
  const recent = await queries.recentOf(userId, LOOKED_AT);
  const pausedUntil = pauseAfterUnpaid(recent, { pauseSeconds, now: now() });
  if (pausedUntil !== undefined) throw holdsPaused(pausedUntil, now());
}

function holdsPaused(availableAt: string, now: Date): HttpError {
  const retryAfter = Math.ceil((Date.parse(availableAt) - now.getTime()) / 1000);
  const message = `Several tickets that you held were not paid for. You can hold tickets again in ${retryAfter} s.`;
  return new HttpError(409, [{ code: 'holds-paused', message, retryAfter, availableAt }], {
    'Retry-After': String(retryAfter),
  });
}
