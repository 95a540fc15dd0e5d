import type { Decision, State, Stored } from '@ticketing/core';

export interface Hold {
  orderId: string;
  at: string;
  /** Whose order it is, in the slots of a network. */
  userId?: string | undefined;
}

/**
 * The hold slots of a buyer, by the buyer's id, or of a network, by `networkId`. One document, so that concurrent orders can not
 * acquire more slots than the limit.
 */
export interface HoldSlots extends Stored {
  holds: Hold[];
  /** The buyer's holds that ended unpaid since the last that was paid: how many, and when the latest ended. */
  unpaid?: { count: number; lastAt: string } | undefined;
}

export type HoldSlotsState = State<HoldSlots>;

/** A hold whose order has ended, and how. `neither`: it was not the buyer who let it go. */
export interface EndedHold {
  hold: Hold;
  at: string;
  outcome: 'paid' | 'unpaid' | 'neither';
}

/** The limits of a buyer or a network; a pause of 0 s: none. */
export interface SlotLimits {
  limit: number;
  pauseSeconds: number;
}

/** How many holds in a row may end unpaid before the buyer pauses. */
const UNPAID_WITHOUT_PAUSE = 3;
/** When holds that ended unpaid are forgotten, and the longest pause. */
const FORGOTTEN_AFTER_MS = 24 * 3600 * 1000;

/** The id of a network's slots. */
export const networkId = (network: string): string => `network:${network}`;

/** The state without any hold. */
export const noHolds = (id: string): HoldSlotsState => ({ _id: id, version: 0, holds: [] });

const isSame = (a: Hold, b: Hold): boolean => a.orderId === b.orderId && a.userId === b.userId;

/** Whether a hold has a slot. */
export const hasSlot = ({ holds }: HoldSlotsState, hold: Hold): boolean => holds.some((one) => isSame(one, hold));

const withHolds = (slots: HoldSlotsState, holds: Hold[]): Decision<HoldSlots> => ({
  next: { ...slots, holds, version: slots.version + 1 },
  events: [],
});

/** Releases the slots of holds that have ended. Each hold counts once, because its slot is released when it is counted. */
function withoutEnded(slots: HoldSlotsState, ended: readonly EndedHold[]): HoldSlotsState {
  const counted = ended
    .filter(({ hold }) => hasSlot(slots, hold))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  let { unpaid } = slots;
  for (const { at, outcome } of counted) {
    if (outcome === 'paid') unpaid = undefined;
    if (outcome === 'unpaid') unpaid = { count: rememberedAt(unpaid, at) + 1, lastAt: at };
  }
  return { ...slots, holds: slots.holds.filter((hold) => !ended.some((end) => isSame(end.hold, hold))), unpaid };
}

/** How many unpaid holds are not forgotten at this time. */
const rememberedAt = (unpaid: HoldSlotsState['unpaid'], at: string): number =>
  unpaid !== undefined && Date.parse(at) - Date.parse(unpaid.lastAt) < FORGOTTEN_AFTER_MS ? unpaid.count : 0;

/**
 * Until when the buyer may not hold any ticket: the fourth hold in a row that ended unpaid is followed by a pause, and each further one
 * by a pause twice as long, of a day at most. Undefined when there is no pause.
 */
export function pauseAfterUnpaid(
  slots: HoldSlotsState,
  { pauseSeconds, now, ended = [] }: { pauseSeconds: number; now: Date; ended?: readonly EndedHold[] | undefined },
): string | undefined {
  const { unpaid } = withoutEnded(slots, ended);
  const tooMany = rememberedAt(unpaid, now.toISOString()) - UNPAID_WITHOUT_PAUSE;
  if (unpaid === undefined || tooMany <= 0) return undefined;
  const until = Date.parse(unpaid.lastAt) + Math.min(pauseSeconds * 1000 * 2 ** (tooMany - 1), FORGOTTEN_AFTER_MS);
  return until > now.getTime() ? new Date(until).toISOString() : undefined;
}

/**
 * Acquires a slot for a hold, after releasing those of the `ended` holds. Undefined when it has a slot, none is free, or the buyer
 * pauses; and when `ended` is absent but may reveal a pause.
 */
export function acquireSlot(
  slots: HoldSlotsState,
  hold: Hold,
  { limit, pauseSeconds, now, ended }: SlotLimits & { now: Date; ended?: readonly EndedHold[] | undefined },
): Decision<HoldSlots> | undefined {
  if (hasSlot(slots, hold)) return undefined;
  const recorded = slots.holds.length;
  const mayPause = pauseSeconds > 0 && rememberedAt(slots.unpaid, now.toISOString()) + recorded > UNPAID_WITHOUT_PAUSE;
  if (ended === undefined && recorded > 0 && mayPause) return undefined;
  const open = withoutEnded(slots, ended ?? []);
  if (open.holds.length >= limit || pauseAfterUnpaid(open, { pauseSeconds, now }) !== undefined) return undefined;
  return withHolds(open, [...open.holds, hold]);
}

/** Releases a hold's slot. Undefined when it has none. */
export function releaseSlot(slots: HoldSlotsState, hold: Hold): Decision<HoldSlots> | undefined {
  if (!hasSlot(slots, hold)) return undefined;
  return withHolds(
    slots,
    slots.holds.filter((one) => !isSame(one, hold)),
  );
}
