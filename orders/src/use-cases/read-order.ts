import type { OrdersContext } from '../context.ts';
import { awaitsEvent, orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';

/**
 * Resolves to one of the buyer's own orders. If it has just changed and the event that changes it next is on its way, the read waits
 * for that, until OUTCOME_WAIT_MS after the change: a buyer who looks once sees the outcome. Throws a 404 order-not-found.
 */
export async function readOrder(
  { orders, now, config }: OrdersContext,
  id: string,
  userId: string,
): Promise<OrderState> {
  const order = await orders.find(id);
  if (order?.userId !== userId) throw orderNotFound();
  const leftMs = Date.parse(order.updatedAt) + config.OUTCOME_WAIT_MS - now().getTime();
  if (!awaitsEvent(order) || leftMs <= 0) return order;
  return (await orders.waitUntil(id, (current) => !awaitsEvent(current), leftMs)) ?? order;
}
