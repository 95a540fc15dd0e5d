import type { Handlers, OrderData } from '@ticketing/common';
import type { PaymentsContext } from './context.ts';
import type { Settler } from './settler.ts';
import { hearOrder } from './use-cases/hear-order.ts';
import { settlePayment } from './use-cases/settle-payment.ts';

/** Everything that payments hears. What an order's news asks for at the provider goes on after the message is done. */
export function subscriptions(context: PaymentsContext, settler: Settler): Handlers {
  const hear = async (order: OrderData) => {
    const leased = await hearOrder(context, order);
    if (leased) settler.start(settlePayment(context, leased));
  };
  return {
    'order:created': hear,
    'order:reserved': hear,
    'order:claimed': hear,
    'order:completed': hear,
    'order:cancelled': hear,
  };
}
