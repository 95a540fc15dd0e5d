import { change, upsert } from '@ticketing/common/mongo';
import type { Decision } from '@ticketing/common/mongo';
import type { OrdersContext } from '../context.ts';
import type { Order, OrderState } from '../order.ts';
import { orderNotFound } from '../order.ts';

/** Moves an order by a decision of `order.ts`; when it is cancelled, the copy of its ticket knows its number. Throws a 404. */
export async function moveOrder(
  { orders, tickets, now }: OrdersContext,
  id: string,
  decide: (order: OrderState, now: Date) => Decision<Order> | undefined,
): Promise<OrderState> {
  const at = now();
  const order = await change(orders, id, (state) => decide(state, at), at);
  if (order === null) throw orderNotFound();
  // Of one that expires the copy has heard when the ticket was held, and many may expire at one time.
  if (order.status === 'cancelled' && order.reason !== 'expired') {
    const { ticketId, number } = order;
    // The order was placed from the copy, so it is there.
    await upsert(tickets, { _id: ticketId }, { $max: { lastOrder: number } });
  }
  return order;
}
