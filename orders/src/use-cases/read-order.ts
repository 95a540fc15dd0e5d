import type { OrdersContext } from '../context.ts';
import { awaitsEvent, orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';

/**
 * Resolves to one of the buyer's own orders. If it has just changed and the event that changes it next is on its way, the read waits
 * for that, until about OUTCOME_WAIT_MS after the change: a buyer who looks once sees the outcome. Throws a 404 order-not-found.
 */
export async function readOrder(
  { orders, now, config }: OrdersContext,
  id: string,
  userId: string,
): Promise<OrderState> {
  const isOwn = (order: OrderState | null): order is OrderState => order?.userId === userId;
  const isLate = ({ updatedAt }: OrderState) => Date.parse(updatedAt) + config.OUTCOME_WAIT_MS <= now().getTime();
  const isReady = (order: OrderState | null) => !isOwn(order) || !awaitsEvent(order) || isLate(order);
  const order = await orders.waitUntil(id, isReady, config.OUTCOME_WAIT_MS);
  if (!isOwn(order)) throw orderNotFound();
  return order;
}
