import type { Handlers } from '@ticketing/common';
import type { TicketsContext } from './context.ts';
import { holdTicket } from './use-cases/hold-ticket.ts';
import { releaseTicket } from './use-cases/release-ticket.ts';
import { sellTicket } from './use-cases/sell-ticket.ts';

/** Everything that tickets hears. */
export const subscriptions = (context: TicketsContext): Handlers => ({
  'order:created': (order) => holdTicket(context, order),
  'order:cancelled': (order) => releaseTicket(context, order),
  'order:completed': (order) => sellTicket(context, order),
});
