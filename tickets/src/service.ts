import { every as everyInterval, startMessaging } from '@ticketing/common';
import type { MessagingOptions } from '@ticketing/common';
import { aggregateOf } from '@ticketing/common/mongo';
import type { SpeedUp } from '@ticketing/common/mongo';
import type { TicketsContext } from './context.ts';
import type { TicketsStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { currentStateEvents } from './ticket.ts';
import { resendOverdueHolds } from './use-cases/sweep-tickets.ts';

export interface TicketsDependencies extends MessagingOptions<{ SPEED_UPS?: readonly SpeedUp[] }> {
  stores: TicketsStores;
  now?: () => Date;
}

/** Starts tickets except its HTTP server. `stop` lists the shutdown steps in order. */
export function startTickets({
  stores,
  bus,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: TicketsDependencies) {
  const messaging = startMessaging('tickets', stores.tickets, stores, { bus, config, log, every });
  const tickets = aggregateOf({ collection: stores.tickets, publisher: messaging.publisher }, config.SPEED_UPS);
  const context: TicketsContext = { tickets, queries: stores.queries, sweeps: messaging.sweeps, now };
  const handlers = subscriptions(context);
  const resending = every(10_000, () => resendOverdueHolds(context), log);

  const republish = (since: Date) => tickets.republish(since, currentStateEvents, now());
  return {
    context,
    handlers,
    ...messaging.consume({ handlers, republish, tasks: [resending] }),
  };
}
