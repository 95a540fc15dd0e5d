import type { Decision, State, Stored } from '@ticketing/common';

export interface Hold {
  orderId: string;
  at: string;
}

/** A buyer's hold slots, by the buyer's id. One document, so that concurrent orders can not acquire more slots than the limit. */
export interface HoldSlots extends Stored {
  holds: Hold[];
}

export type HoldSlotsState = State<HoldSlots>;

/** The state of a buyer without any hold. */
export const noHolds = (userId: string): HoldSlotsState => ({ _id: userId, version: 0, holds: [] });

const withHolds = (slots: HoldSlotsState, holds: Hold[]): Decision<HoldSlots> => ({
  next: { ...slots, holds, version: slots.version + 1 },
  events: [],
});

/** Acquires a slot for an order, after releasing those of the `ended` holds. Undefined when the order has a slot, or none is free. */
export function acquireSlot(
  slots: HoldSlotsState,
  orderId: string,
  { limit, now, ended = [] }: { limit: number; now: Date; ended?: string[] },
): Decision<HoldSlots> | undefined {
  const holds = slots.holds.filter((hold) => !ended.includes(hold.orderId));
  if (hasSlot(slots, orderId) || holds.length >= limit) return undefined;
  return withHolds(slots, [...holds, { orderId, at: now.toISOString() }]);
}

/** Releases an order's slot. Undefined when it has none. */
export function releaseSlot(slots: HoldSlotsState, orderId: string): Decision<HoldSlots> | undefined {
  if (!hasSlot(slots, orderId)) return undefined;
  return withHolds(
    slots,
    slots.holds.filter((hold) => hold.orderId !== orderId),
  );
}

/** Whether an order has a slot. */
export const hasSlot = ({ holds }: HoldSlotsState, orderId: string): boolean =>
  holds.some((hold) => hold.orderId === orderId);
