import { connectBus, deadLetterRoutes, every, resyncRoutes, runService, startConsumer } from '@ticketing/common';
import { connectStore, createIndexes, mongoDeadLetters, startRelay } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { paymentModel } from './models/payment.ts';
import { stripeProvider } from './provider/stripe.ts';
import { createSettler } from './settler.ts';
import { subscriptions } from './subscriptions.ts';
import { sayPaymentsAgain } from './use-cases/say-payments-again.ts';
import { settleDue } from './use-cases/settle-payment.ts';

await runService('payments', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const connection = await store.whenConnected;
  const payments = paymentModel(connection);
  await createIndexes([payments], log);
  const context = { payments, provider: stripeProvider(config), now: () => new Date(), log };

  const deadLetters = mongoDeadLetters(connection);
  const settler = createSettler(log);
  const handlers = subscriptions(context, settler);
  const consumer = startConsumer({ bus, group: 'payments', handlers, deadLetters, log });
  const relay = startRelay({ connection, collections: ['payments'], bus, instance: config.INSTANCE, log });
  const settling = every(1000, () => settleDue(context), log);

  const internal = [deadLetterRoutes(deadLetters, consumer), resyncRoutes((since) => sayPaymentsAgain(context, since))];
  serve(createApp(context, config, { log, health, config, internal }), [
    () => consumer.stop(),
    () => settler.stop(),
    () => settling.stop(),
    () => relay.stop(),
    () => bus.close(),
    () => store.close(),
  ]);
});
