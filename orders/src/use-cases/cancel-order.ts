import type { OrdersContext } from '../context.ts';
import { cancel, orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';
import { moveOrder } from './move-order.ts';

/**
 * Cancels a buyer's own order and emits `order:cancelled`. Throws a 404 for another buyer's order, a 409 when it is too late, and a 412
 * when it has none of the versions in `seen`.
 */
export function cancelOrder(
  context: OrdersContext,
  id: string,
  userId: string,
  seen?: readonly number[],
): Promise<OrderState> {
  return moveOrder(context, id, (order, now) => {
    if (order.userId !== userId) throw orderNotFound();
    return cancel(order, now, seen);
  });
}
