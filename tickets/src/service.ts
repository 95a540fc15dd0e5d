import { startSessionMessaging } from '@ticketing/core';
import type { MessagingOptions } from '@ticketing/core';
import { aggregateOf } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import { every as everyInterval } from '@ticketing/runtime';
import type { TicketsContext } from './context.ts';
import type { Vault } from './delivery/vault.ts';
import { announced } from './live/announced.ts';
import { changeFeed } from './live/change-feed.ts';
import type { TicketsStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { currentStateEvents } from './ticket.ts';
import { refreshDerivedFields } from './use-cases/refresh-derived-fields.ts';
import { sweepDeliveries } from './use-cases/sweep-deliveries.ts';
import { resendOverdueHolds } from './use-cases/sweep-tickets.ts';

export interface TicketsDependencies extends MessagingOptions<{ SPEED_UPS?: readonly SpeedUp[] }> {
  stores: TicketsStores;
  vault: Vault;
  now?: () => Date;
}

/** Starts tickets except its HTTP server. `stop` lists the shutdown steps in order. */
export function startTickets({
  stores,
  vault,
  bus,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: TicketsDependencies) {
  const messaging = startSessionMessaging('tickets', stores.tickets, stores, { bus, config, log, every });
  const feed = changeFeed({ read: stores.queries.changes, now, log });
  const tickets = announced(
    aggregateOf({ collection: stores.tickets, publisher: messaging.publisher }, config.SPEED_UPS),
    feed.saved,
  );
  const context: TicketsContext = {
    tickets,
    queries: stores.queries,
    vault,
    sweeps: messaging.sweeps,
    endedSessions: messaging.endedSessions,
    feed,
    now,
  };
  const handlers = subscriptions(context);
  const resending = every(10_000, () => resendOverdueHolds(context), log);
  const sweeping = every(60_000, sweepDeliveries(context), log);

  async function republish(since: Date) {
    await refreshDerivedFields(context, stores.tickets, since);
    return tickets.republish(since, currentStateEvents, now());
  }
  return {
    context,
    handlers,
    ...messaging.consume({ handlers, republish, tasks: [resending, sweeping] }),
  };
}
