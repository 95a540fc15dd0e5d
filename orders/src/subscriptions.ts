import type { Handlers } from '@ticketing/common';
import type { OrdersContext } from './context.ts';
import { claim, complete, expire, fail, refuse } from './order.ts';
import { copyTicket } from './use-cases/copy-ticket.ts';
import { moveOrder } from './use-cases/move-order.ts';

/** Everything that orders hears. */
export const subscriptions = (context: OrdersContext): Handlers => ({
  'ticket:created': (ticket) => copyTicket(context, ticket),
  'ticket:updated': (ticket) => copyTicket(context, ticket),
  'ticket:refused': ({ orderId, reason }) => moveOrder(context, orderId, (order, now) => refuse(order, reason, now)),
  'payment:authorized': ({ orderId }) => moveOrder(context, orderId, claim),
  'payment:captured': ({ orderId }) => moveOrder(context, orderId, complete),
  'payment:failed': ({ orderId }) => moveOrder(context, orderId, fail),
  'expiration:complete': ({ orderId }) => moveOrder(context, orderId, expire),
});
