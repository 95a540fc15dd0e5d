import {
  aggregate,
  createLease,
  deadLetterRoutes,
  every as everyInterval,
  resyncRoutes,
  startRelay,
  startConsumer,
} from '@ticketing/common';
import type { Bus, Logger } from '@ticketing/common';
import { aggregateOf } from '@ticketing/common/mongo';
import type { SpeedUp } from '@ticketing/common/mongo';
import type { TicketsContext } from './context.ts';
import type { TicketsStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { currentStateEvents } from './ticket.ts';
import { resendOverdueHolds } from './use-cases/sweep-tickets.ts';

export interface TicketsDependencies {
  stores: TicketsStores;
  bus: Bus;
  config: { INSTANCE: string; SPEED_UPS?: readonly SpeedUp[] };
  log: Logger;
  now?: () => Date;
  every?: typeof everyInterval;
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
  const { deadLetters, queries } = stores;
  const lease = createLease(aggregate({ collection: stores.leases }), 'relay', config.INSTANCE);
  const relay = startRelay({ collections: [stores.tickets], lease, bus, log, every });
  const tickets = aggregateOf({ collection: stores.tickets, onEvents: relay.notify }, config.SPEED_UPS);
  const context: TicketsContext = { tickets, queries, now };
  const handlers = subscriptions(context);
  const consumer = startConsumer({ bus, group: 'tickets', handlers, deadLetters, log });
  const resending = every(10_000, () => resendOverdueHolds(context), log);

  const republish = (since: Date) => tickets.republish(since, currentStateEvents, now());
  return {
    context,
    handlers,
    internal: [deadLetterRoutes(deadLetters, consumer), resyncRoutes(republish)],
    stop: [() => consumer.stop(), () => resending.stop(), () => relay.stop(), () => bus.close()],
  };
}
