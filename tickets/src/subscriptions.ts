import type { SessionHandlers } from '@ticketing/core';
import type { TicketsContext } from './context.ts';
import { hold, release, sell } from './ticket.ts';
import { moveTicket } from './use-cases/move-ticket.ts';

/** The events that tickets consumes, each with its effect. */
export const subscriptions = (context: TicketsContext): SessionHandlers => ({
  'order:created': (order) => moveTicket(context, order.ticketId, (ticket) => hold(ticket, order)),
  'order:cancelled': (order) => moveTicket(context, order.ticketId, (ticket) => release(ticket, order)),
  'order:completed': (order) => moveTicket(context, order.ticketId, (ticket) => sell(ticket, order)),
  'session:ended': ({ sessions }) => context.endedSessions.add(sessions),
});
