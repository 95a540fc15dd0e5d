import type { TicketData } from '@ticketing/common';
import type { SessionHandlers } from '@ticketing/core';
import type { OrdersContext } from './context.ts';
import { claim, complete, expire, fail, refuse, reserve } from './order.ts';
import { copyTicket } from './use-cases/copy-ticket.ts';
import { moveOrder } from './use-cases/move-order.ts';

/** The events that orders consumes, each with its effect. */
export const subscriptions = (context: OrdersContext): SessionHandlers => ({
  'ticket:created': (ticket) => copyTicket(context, ticket),
  'ticket:updated': (ticket) =>
    Promise.all([copyTicket(context, ticket), isHeld(ticket) && moveOrder(context, ticket.orderId, reserve)]),
  'ticket:refused': ({ orderId, reason }) => moveOrder(context, orderId, (order, now) => refuse(order, reason, now)),
  'payment:authorized': ({ orderId }) => moveOrder(context, orderId, claim),
  'payment:captured': ({ orderId }) => moveOrder(context, orderId, complete),
  'payment:failed': ({ orderId }) => moveOrder(context, orderId, fail),
  'expiration:complete': ({ orderId }) => moveOrder(context, orderId, expire),
  'session:ended': ({ sessions }) => context.endedSessions.add(sessions),
});

const isHeld = (ticket: TicketData): ticket is TicketData & { orderId: string } =>
  ticket.status === 'held' && ticket.orderId !== undefined;
