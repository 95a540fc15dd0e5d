import { startSessionMessaging } from '@ticketing/core';
import type { MessagingOptions } from '@ticketing/core';
import { aggregateOf } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import { every as everyInterval } from '@ticketing/runtime';
import { createBackgroundTasks } from './background.ts';
import type { PaymentsConfig, PaymentsContext } from './context.ts';
import { paymentGauges } from './metrics.ts';
import { currentStateEvents } from './payment.ts';
import type { PaymentProvider } from './provider/provider.ts';
import type { PaymentsStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { advanceDue } from './use-cases/advance-payment.ts';

export interface PaymentsDependencies extends MessagingOptions<PaymentsConfig & { SPEED_UPS?: readonly SpeedUp[] }> {
  stores: PaymentsStores;
  provider: PaymentProvider;
  now?: () => Date;
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
  const messaging = startSessionMessaging('payments', stores.payments, stores, { bus, config, log, every });
  const { sweeps, endedSessions } = messaging;
  const payments = aggregateOf({ collection: stores.payments, publisher: messaging.publisher }, config.SPEED_UPS);
  const context: PaymentsContext = { payments, provider, sweeps, endedSessions, now, log, config };
  const background = createBackgroundTasks(log);
  const handlers = subscriptions(context, background);
  const advancing = every(1000, () => advanceDue(context), log);

  const republish = (since: Date) => payments.republish(since, currentStateEvents, now());
  const { gauges, ...consuming } = messaging.consume({
    handlers,
    republish,
    tasks: [background, advancing],
  });
  return { context, handlers, background, gauges: [...gauges, ...paymentGauges(stores.payments, now)], ...consuming };
}
