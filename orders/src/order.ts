import { conflict, isEnded, notFound, preconditionFailed } from '@ticketing/common';
import type { CancelReason, DomainEvent, EventName, Offer, OrderData, OrderStatus } from '@ticketing/common';
import type { Moment } from '@ticketing/common/shapes';
import type { Decision, State, Stored } from '@ticketing/core';

/** Order n of a ticket has the id `<ticket id>-<n>`: the primary key makes a second order n impossible. */
export interface Order extends Stored {
  ticketId: string;
  number: number;
  userId: string;
  /** The seller of the ticket. Absent in orders that were placed before it was kept. */
  sellerId?: string | undefined;
  status: OrderStatus;
  reason?: CancelReason | undefined;
  /** What the buyer saw, including the price to pay. */
  offer: Offer;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
  history: Moment[];
  /** The command that has placed it, if the buyer's request had an idempotency key. */
  commandId?: string | undefined;
  /** The hold slot that it has until it ends, of its buyer and of the network that it was placed from. */
  buyerSlot?: string | undefined;
  networkSlot?: string | undefined;
}

export type OrderState = State<Order>;
type OrderDecision = Decision<Order> | undefined;

/** The event of each status. The `ticket:updated` that holds the ticket reveals that its order awaits the payment. */
const EVENT_OF_STATUS = {
  created: 'order:created',
  capturing: 'order:claimed',
  complete: 'order:completed',
  cancelled: 'order:cancelled',
} as const satisfies Partial<Record<OrderStatus, EventName>>;

/** The id of order `number` of a ticket. */
export const orderId = (ticketId: string, number: number): string => `${ticketId}-${number}`;

/** The 404 for an unknown order, and for an order of another buyer. */
export const orderNotFound = () => notFound('order-not-found', 'There is no such order.');

/** The event of an order's current state, if it has one. */
export function currentStateEvents(order: OrderState): DomainEvent[] {
  const { _id: id, version, ticketId, number, userId, sellerId, status, reason, offer, expiresAt } = order;
  const seller = sellerId !== undefined && { sellerId };
  const data: OrderData = { id, version, ticketId, number, userId, ...seller, status, reason, offer, expiresAt };
  return status === 'awaiting:payment' ? [] : [{ name: EVENT_OF_STATUS[status], data }];
}

function move(order: OrderState, status: OrderStatus, now: Date, reason?: CancelReason): Decision<Order> {
  const at = now.toISOString();
  const next: OrderState = {
    ...order,
    status,
    reason,
    updatedAt: at,
    history: [...order.history, { status, at, reason }],
    version: order.version + 1,
    ...(isEnded(status) && { buyerSlot: undefined, networkSlot: undefined }),
  };
  return { next, events: currentStateEvents(next) };
}

/** Places order `number` of a ticket. */
export function place(
  {
    ticketId,
    number,
    userId,
    sellerId,
    offer,
    holdSeconds,
    commandId,
  }: {
    ticketId: string;
    number: number;
    userId: string;
    sellerId?: string | undefined;
    offer: Offer;
    holdSeconds: number;
    commandId?: string | undefined;
  },
  now: Date,
): { state: OrderState; events: DomainEvent[] } {
  const at = now.toISOString();
  const state: OrderState = {
    _id: orderId(ticketId, number),
    version: 0,
    ticketId,
    number,
    userId,
    status: 'created',
    offer,
    expiresAt: new Date(now.getTime() + holdSeconds * 1000).toISOString(),
    createdAt: at,
    updatedAt: at,
    history: [{ status: 'created', at }],
    ...(sellerId !== undefined && { sellerId }),
    ...(commandId !== undefined && { commandId }),
  };
  return { state, events: currentStateEvents(state) };
}

/** Whether nothing was claimed or ended yet. */
const isOpen = ({ status }: OrderState): boolean => status === 'created' || status === 'awaiting:payment';

const republished = (order: OrderState): Decision<Order> => ({ events: currentStateEvents(order) });

/** What a buyer and a ticket must have for a pause: this many holds in a row that ended unpaid. */
const UNPAID_HOLDS = 2;

/** Whether a buyer held the ticket and let it go without paying. */
export const isUnpaid = ({ status, reason }: Pick<OrderState, 'status' | 'reason'>): boolean =>
  status === 'cancelled' && (reason === 'buyer' || reason === 'expired');

/**
 * Until when a buyer may not hold a ticket again: they have held it twice in a row, each time less than a pause after the last, and
 * not paid. `earlier`: the ticket's last orders, the newest first, all of which have ended. Undefined when there is no pause.
 */
export function pausedUntil(
  earlier: readonly OrderState[],
  { userId, now, pauseSeconds }: { userId: string; now: Date; pauseSeconds: number },
): string | undefined {
  const pauseMs = pauseSeconds * 1000;
  const [newest, ...older] = earlier.filter((order) => order.userId === userId && isUnpaid(order));
  if (newest === undefined) return undefined;
  const until = Date.parse(newest.updatedAt) + pauseMs;
  if (until <= now.getTime()) return undefined;
  let [inARow, begun] = [1, Date.parse(newest.createdAt)];
  for (const order of older) {
    if (begun - Date.parse(order.updatedAt) >= pauseMs) break;
    inARow++;
    begun = Date.parse(order.createdAt);
  }
  return inARow >= UNPAID_HOLDS ? new Date(until).toISOString() : undefined;
}

/** Whether the event that changes the order next is on its way: its ticket is to be held, or its money to be captured. */
export const awaitsEvent = ({ status }: OrderState): boolean => status === 'created' || status === 'capturing';

/** Emits the current event again while tickets (created) or payments (capturing) has not answered it. */
export const resend = (order: OrderState): OrderDecision => (awaitsEvent(order) ? republished(order) : undefined);

/** The ticket is held for this order. An order that has ended emits its last event again, so that tickets releases the hold. */
export function reserve(order: OrderState, now: Date): OrderDecision {
  if (order.status === 'created') return move(order, 'awaiting:payment', now);
  return isEnded(order.status) ? republished(order) : undefined;
}

/** The ticket is not available as the buyer saw it. */
export const refuse = (order: OrderState, reason: CancelReason, now: Date): OrderDecision =>
  order.status === 'created' ? move(order, 'cancelled', now, reason) : undefined;

/**
 * The money is authorised, which requires that the ticket is held: from here on the order can't expire. A late authorisation is
 * answered with the order's current event.
 */
export const claim = (order: OrderState, now: Date): OrderDecision =>
  isOpen(order) ? move(order, 'capturing', now) : republished(order);

/** The money is captured. */
export const complete = (order: OrderState, now: Date): OrderDecision =>
  order.status === 'capturing' ? move(order, 'complete', now) : undefined;

/** The provider has refused the capture for good. */
export const fail = (order: OrderState, now: Date): OrderDecision =>
  order.status === 'capturing' ? move(order, 'cancelled', now, 'payment-failed') : undefined;

/** The hold has ended by the clock of this service; an early `expiration:complete` is ignored. */
export const expire = (order: OrderState, now: Date): OrderDecision =>
  isOpen(order) && now.toISOString() >= order.expiresAt ? move(order, 'cancelled', now, 'expired') : undefined;

/**
 * The buyer cancels. Idempotent; throws a 409 when it is too late, and a 412 when the order has another version than those that
 * the buyer requires.
 */
export function cancel(order: OrderState, now: Date, seen: readonly number[] = [order.version]): OrderDecision {
  const { status, version } = order;
  // Also with an older version: what the buyer asks for is done, and its answer may have been lost.
  if (order.reason === 'buyer') return undefined;
  if (!isOpen(order)) throw conflict('order-closed', 'This order can not be cancelled any more.', { status });
  if (!seen.includes(version))
    throw preconditionFailed('order-changed', 'The order has changed since you looked at it.', { status });
  return move(order, 'cancelled', now, 'buyer');
}
