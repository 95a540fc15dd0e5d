import type { Decision, State, Stored } from '@ticketing/common';

export interface Hold {
  orderId: string;
  at: string;
}

/** A buyer's capacity for live holds, by the buyer's id. One document, so that however many orders race, each acquires a slot once. */
export interface HoldSlots extends Stored {
  holds: Hold[];
}

export type HoldSlotsState = State<HoldSlots>;

export const noHolds = (userId: string): HoldSlotsState => ({ _id: userId, version: 0, holds: [] });

const withHolds = (slots: HoldSlotsState, holds: Hold[]): Decision<HoldSlots> => ({
  next: { ...slots, holds, version: slots.version + 1 },
  events: [],
});

/** Takes a slot for an order, after giving back those of holds that have ended. Nothing when the order has one, or all are taken. */
export function acquireSlot(
  slots: HoldSlotsState,
  orderId: string,
  { limit, now, ended = [] }: { limit: number; now: Date; ended?: string[] },
): Decision<HoldSlots> | undefined {
  const holds = slots.holds.filter((hold) => !ended.includes(hold.orderId));
  if (hasSlot(slots, orderId) || holds.length >= limit) return undefined;
  return withHolds(slots, [...holds, { orderId, at: now.toISOString() }]);
}

export function releaseSlot(slots: HoldSlotsState, orderId: string): Decision<HoldSlots> | undefined {
  if (!hasSlot(slots, orderId)) return undefined;
  return withHolds(
    slots,
    slots.holds.filter((hold) => hold.orderId !== orderId),
  );
}

export const hasSlot = ({ holds }: HoldSlotsState, orderId: string): boolean =>
  holds.some((hold) => hold.orderId === orderId);
