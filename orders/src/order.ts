import { conflict, isEnded, notFound } from '@ticketing/common';
import type { CancelReason, EventName, Fact, Offer, OrderData, OrderStatus } from '@ticketing/common';
import type { Decision, State, Stored } from '@ticketing/common/mongo';
import type { Moment } from '@ticketing/common/shapes';

/** Order n of a ticket has the id `<ticket id>-<n>`: the primary key makes a second order n impossible. */
export interface Order extends Stored {
  ticketId: string;
  number: number;
  userId: string;
  status: OrderStatus;
  reason?: CancelReason | undefined;
  /** What the buyer saw, and the price that is kept. */
  offer: Offer;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
  history: Moment[];
}

export type OrderState = State<Order>;
type OrderDecision = Decision<Order> | undefined;

/** The event by which an order's state is known to the others. */
const SAYS = {
  created: 'order:created',
  'awaiting:payment': 'order:reserved',
  capturing: 'order:claimed',
  complete: 'order:completed',
  cancelled: 'order:cancelled',
} as const satisfies Record<OrderStatus, EventName>;

export const orderId = (ticketId: string, number: number): string => `${ticketId}-${number}`;

export const orderNumber = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1));

export const orderNotFound = () => notFound('order-not-found', 'There is no such order.');

function fact(order: OrderState): Fact {
  const { _id: id, version, ticketId, number, userId, status, reason, offer, expiresAt } = order;
  const data: OrderData = { id, version, ticketId, number, userId, status, reason, offer, expiresAt };
  return { name: SAYS[status], data };
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
  };
  return { next, say: [fact(next)] };
}

/** A new order, number `number` of its ticket. */
export function place(
  {
    ticketId,
    number,
    userId,
    offer,
    holdSeconds,
  }: { ticketId: string; number: number; userId: string; offer: Offer; holdSeconds: number },
  now: Date,
): { state: OrderState; say: Fact[] } {
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
  };
  return { state, say: [fact(state)] };
}

/** Says again where the order stands, for somebody who seems not to have heard. */
export const restate = (order: OrderState): Decision<Order> => ({ say: [fact(order)] });

/** The ticket is held for this order. One that has ended meanwhile says so again, so that the hold ends too. */
export function reserve(order: OrderState, now: Date): OrderDecision {
  if (order.status === 'created') return move(order, 'awaiting:payment', now);
  return isEnded(order.status) ? restate(order) : undefined;
}

/** The ticket is not to be had as the buyer saw it. */
export const refuse = (order: OrderState, reason: CancelReason, now: Date): OrderDecision =>
  order.status === 'created' ? move(order, 'cancelled', now, reason) : undefined;

/** The money is authorised: from here on the order can't expire. Whoever asks late is told where the order stands. */
export const claim = (order: OrderState, now: Date): OrderDecision =>
  order.status === 'awaiting:payment' ? move(order, 'capturing', now) : restate(order);

/** The money is there. */
export const complete = (order: OrderState, now: Date): OrderDecision =>
  order.status === 'capturing' ? move(order, 'complete', now) : undefined;

/** The money can't be had, for good. */
export const fail = (order: OrderState, now: Date): OrderDecision =>
  order.status === 'capturing' ? move(order, 'cancelled', now, 'payment-failed') : undefined;

const isCancellable = ({ status }: OrderState): boolean => status === 'created' || status === 'awaiting:payment';

/** The time is up, by the clock of this service alone: whoever says so too early is not believed. */
export const expire = (order: OrderState, now: Date): OrderDecision =>
  isCancellable(order) && now.toISOString() >= order.expiresAt ? move(order, 'cancelled', now, 'expired') : undefined;

/** The buyer no longer wants it. Asking twice is once; throws a 409 when it is too late. */
export function cancel(order: OrderState, now: Date): OrderDecision {
  if (isCancellable(order)) return move(order, 'cancelled', now, 'buyer');
  if (order.reason === 'buyer') return undefined;
  throw conflict('order-closed', 'This order can not be cancelled any more.', { status: order.status });
}
