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
import { createBackgroundTasks } from './background.ts';
import type { PaymentsContext } from './context.ts';
import { currentStateEvents } from './payment.ts';
import type { PaymentProvider } from './provider/provider.ts';
import type { PaymentsStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { advanceDue } from './use-cases/advance-payment.ts';

export interface PaymentsDependencies {
  stores: PaymentsStores;
  bus: Bus;
  provider: PaymentProvider;
  config: { INSTANCE: string; SPEED_UPS?: readonly SpeedUp[] };
  log: Logger;
  now?: () => Date;
  every?: typeof everyInterval;
}

/** Starts payments except its HTTP server. `stop` lists the shutdown steps in order. */
export function startPayments({
  stores,
  bus,
  provider,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: PaymentsDependencies) {
  const { deadLetters } = stores;
  const lease = createLease(aggregate({ collection: stores.leases }), 'relay', config.INSTANCE);
  const relay = startRelay({ collections: [stores.payments], lease, bus, log, every });
  const payments = aggregateOf({ collection: stores.payments, onEvents: relay.notify }, config.SPEED_UPS);
  const context: PaymentsContext = { payments, provider, now, log };
  const background = createBackgroundTasks(log);
  const handlers = subscriptions(context, background);
  const consumer = startConsumer({ bus, group: 'payments', handlers, deadLetters, log });
  const advancing = every(1000, () => advanceDue(context), log);

  const republish = (since: Date) => payments.republish(since, currentStateEvents, now());
  return {
    context,
    handlers,
    background,
    internal: [deadLetterRoutes(deadLetters, consumer), resyncRoutes(republish)],
    stop: [
      () => consumer.stop(),
      () => background.stop(),
      () => advancing.stop(),
      () => relay.stop(),
      () => bus.close(),
    ],
  };
}
