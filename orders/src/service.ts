import { startSessionMessaging } from '@ticketing/core';
import type { MessagingOptions } from '@ticketing/core';
import { aggregateOf } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import { every as everyInterval } from '@ticketing/runtime';
import type { OrdersConfig, OrdersContext } from './context.ts';
import { orderGauges } from './metrics.ts';
import { currentStateEvents } from './order.ts';
import type { OrdersStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { expireOverdue, resendUnanswered } from './use-cases/sweep-orders.ts';

export interface OrdersDependencies extends MessagingOptions<OrdersConfig & { SPEED_UPS?: readonly SpeedUp[] }> {
  stores: OrdersStores;
  now?: () => Date;
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
  const messaging = startSessionMessaging('orders', stores.orders, stores, { bus, config, log, every });
  const context: OrdersContext = {
    orders: aggregateOf({ collection: stores.orders, publisher: messaging.publisher }, config.SPEED_UPS),
    tickets: aggregateOf({ collection: stores.tickets }, config.SPEED_UPS),
    queries: stores.queries,
    sweeps: messaging.sweeps,
    endedSessions: messaging.endedSessions,
    now,
    config,
  };
  const handlers = subscriptions(context);
  const expiring = every(2000, () => expireOverdue(context), log);
  const resending = every(5000, () => resendUnanswered(context), log);

  const republish = (since: Date) => context.orders.republish(since, currentStateEvents, now());
  const { gauges, ...consuming } = messaging.consume({ handlers, republish, tasks: [expiring, resending] });
  return { context, handlers, gauges: [...gauges, ...orderGauges(stores.orders, now)], ...consuming };
}
