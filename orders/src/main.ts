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
import { buyerModel } from './models/buyer.ts';
import { orderModel } from './models/order.ts';
import { ticketModel } from './models/ticket.ts';
import { subscriptions } from './subscriptions.ts';
import { sayOrdersAgain } from './use-cases/say-orders-again.ts';
import { askAgain, expireOverdue } from './use-cases/sweep-orders.ts';

await run('orders', async () => {
  const config = readConfig();
  const log = createLogger('orders', config.LOG_LEVEL);

  const connection = await connectStore(config.MONGO_URL, log);
  const [orders, tickets, buyers] = [orderModel(connection), ticketModel(connection), buyerModel(connection)];
  await orders.init();
  const context = { orders, tickets, buyers, now: () => new Date(), config };

  const bus = connectBus(config, log);
  const deadLetters = mongoDeadLetters(connection);
  const hearing = startSubscriptions({ bus, group: 'orders', handlers: subscriptions(context), deadLetters, log });
  const relay = startRelay({ connection, collections: ['orders'], bus, instance: config.INSTANCE, log });
  const expiring = every(2000, () => expireOverdue(context), log);
  const asking = every(5000, () => askAgain(context), log);

  const health = createHealth({ store: () => pingStore(connection), bus: () => bus.whenConnected });
  const internal = [deadLetterRoutes(deadLetters, hearing), resyncRoutes((since) => sayOrdersAgain(context, since))];
  const app = createApp(context, config, { log, health, config, internal });
  const server = await listen(app, config, log);

  stopOnSignal(log, health, [
    () => closeServer(server),
    () => hearing.stop(),
    () => Promise.all([expiring.stop(), asking.stop()]),
    () => relay.stop(),
    () => bus.close(),
    () => connection.close(),
  ]);
});
