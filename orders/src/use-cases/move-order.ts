import { change, upsert } from '@ticketing/common/mongo';
import type { Decision } from '@ticketing/common/mongo';
import type { OrdersContext } from '../context.ts';
import type { Order, OrderState } from '../order.ts';
import { orderNotFound } from '../order.ts';

/** Moves an order by a decision of `order.ts` and, when it is cancelled, notes which number of its ticket is next. Throws a 404. */
export async function moveOrder(
  { orders, tickets, now }: OrdersContext,
  id: string,
  decide: (order: OrderState, now: Date) => Decision<Order> | undefined,
): Promise<OrderState> {
  const at = now();
  const order = await change(orders, id, (state) => decide(state, at), at);
  if (order === null) throw orderNotFound();
  if (order.status === 'cancelled') {
    const { ticketId, number } = order;
    // The order was placed from the copy, so it is there.
    await upsert(tickets, { _id: ticketId }, { $max: { lastCancelled: number } });
  }
  return order;
}
