import {
  closeServer,
  connectBus,
  createHealth,
  createLogger,
  deadLetterRoutes,
  every,
  listen,
  resyncRoutes,
  run,
  startSubscriptions,
  stopOnSignal,
} from '@ticketing/common';
import { connectStore, mongoDeadLetters, pingStore, startRelay } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { paymentModel } from './models/payment.ts';
import { stripeProvider } from './provider/stripe.ts';
import { createSettler } from './settler.ts';
import { subscriptions } from './subscriptions.ts';
import { sayPaymentsAgain } from './use-cases/say-payments-again.ts';
import { settleDue } from './use-cases/settle-payment.ts';

await run('payments', async () => {
  const config = readConfig();
  const log = createLogger('payments', config.LOG_LEVEL);

  const connection = await connectStore(config.MONGO_URL, log);
  const payments = paymentModel(connection);
  await payments.init();
  const context = { payments, provider: stripeProvider(config), now: () => new Date(), log };

  const bus = connectBus(config, log);
  const deadLetters = mongoDeadLetters(connection);
  const settler = createSettler(log);
  const hearing = startSubscriptions({
    bus,
    group: 'payments',
    handlers: subscriptions(context, settler),
    deadLetters,
    log,
  });
  const relay = startRelay({ connection, collections: ['payments'], bus, instance: config.INSTANCE, log });
  const settling = every(1000, () => settleDue(context), log);

  const health = createHealth({ store: () => pingStore(connection), bus: () => bus.whenConnected });
  const internal = [deadLetterRoutes(deadLetters, hearing), resyncRoutes((since) => sayPaymentsAgain(context, since))];
  const app = createApp(context, config, { log, health, config, internal });
  const server = await listen(app, config, log);

  stopOnSignal(log, health, [
    () => closeServer(server),
    () => hearing.stop(),
    () => settler.stop(),
    () => settling.stop(),
    () => relay.stop(),
    () => bus.close(),
    () => connection.close(),
  ]);
});
