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
import type { OrdersConfig, OrdersContext } from './context.ts';
import { currentStateEvents } from './order.ts';
import type { OrdersStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { expireOverdue, resendUnanswered } from './use-cases/sweep-orders.ts';

export interface OrdersDependencies {
  stores: OrdersStores;
  bus: Bus;
  config: OrdersConfig & { INSTANCE: string; SPEED_UPS?: readonly SpeedUp[] };
  log: Logger;
  now?: () => Date;
  every?: typeof everyInterval;
}

/** Starts orders except its HTTP server. `stop` lists the shutdown steps in order. */
export function startOrders({
  stores,
  bus,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: OrdersDependencies) {
  const { deadLetters, queries } = stores;
  const lease = createLease(aggregate({ collection: stores.leases }), 'relay', config.INSTANCE);
  const relay = startRelay({ collections: [stores.orders], lease, bus, log, every });
  const context: OrdersContext = {
    orders: aggregateOf({ collection: stores.orders, onEvents: relay.notify }, config.SPEED_UPS),
    tickets: aggregateOf({ collection: stores.tickets }, config.SPEED_UPS),
    slots: aggregateOf({ collection: stores.slots }, config.SPEED_UPS),
    queries,
    now,
    config,
  };
  const handlers = subscriptions(context);
  const consumer = startConsumer({ bus, group: 'orders', handlers, deadLetters, log });
  const expiring = every(2000, () => expireOverdue(context), log);
  const resending = every(5000, () => resendUnanswered(context), log);

  const republish = (since: Date) => context.orders.republish(since, currentStateEvents, now());
  return {
    context,
    handlers,
    internal: [deadLetterRoutes(deadLetters, consumer), resyncRoutes(republish)],
    stop: [
      () => consumer.stop(),
      () => Promise.all([expiring.stop(), resending.stop()]),
      () => relay.stop(),
      () => bus.close(),
    ],
  };
}
