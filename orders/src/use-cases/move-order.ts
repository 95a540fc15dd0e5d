import type { Decision } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import type { Order, OrderState } from '../order.ts';
import { orderNotFound } from '../order.ts';
import { recordOrderNumber } from '../ticket-copy.ts';

/** Moves an order by a decision of `order.ts` and emits its events. Throws a 404. */
export async function moveOrder(
  { orders, tickets, now }: OrdersContext,
  id: string,
  decide: (order: OrderState, now: Date) => Decision<Order> | undefined,
): Promise<OrderState> {
  const at = now();
  const updated = await orders.update(id, (order) => decide(order, at), at);
  if (updated === null) throw orderNotFound();
  const order = updated.state;
  // The next order's number is then known at once. Not for an order that expired: its number came with the hold, and many
  // orders may expire at the same time.
  if (order.status === 'cancelled' && order.reason !== 'expired')
    await tickets.update(order.ticketId, (copy) => recordOrderNumber(copy, order.number), at);
  return order;
}
