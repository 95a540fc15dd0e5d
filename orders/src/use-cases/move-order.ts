import type { Decision } from '@ticketing/core';
import type { OrdersContext } from '../context.ts';
import { countChange } from '../metrics.ts';
import type { Order, OrderState } from '../order.ts';
import { orderNotFound } from '../order.ts';
import { recordOrderNumber } from '../ticket-copy.ts';

/** Applies a decision of `order.ts` to an order and emits its events. Throws a 404 for an unknown order. */
export async function moveOrder(
  { orders, tickets, now }: OrdersContext,
  id: string,
  decide: (order: OrderState, now: Date) => Decision<Order> | undefined,
): Promise<OrderState> {
  const at = now();
  const updated = await orders.update(id, (order) => decide(order, at), at);
  if (updated === null) throw orderNotFound();
  const order = updated.state;
  if (order.status !== updated.before.status) countChange(order);
  // Makes the number of the next order known at once. Not when the order expired: its number usually arrives when the ticket is
  // listed again, and many orders may expire at the same time.
  if (order.status === 'cancelled' && order.reason !== 'expired')
    await tickets.update(order.ticketId, (copy) => recordOrderNumber(copy, order.number), at);
  return order;
}
