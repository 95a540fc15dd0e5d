import { connectBus, deadLetterRoutes, every, resyncRoutes, runService, startConsumer } from '@ticketing/common';
import { connectStore, createIndexes, mongoDeadLetters, startRelay } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { buyerModel } from './models/buyer.ts';
import { orderModel } from './models/order.ts';
import { ticketModel } from './models/ticket.ts';
import { subscriptions } from './subscriptions.ts';
import { sayOrdersAgain } from './use-cases/say-orders-again.ts';
import { askAgain, expireOverdue } from './use-cases/sweep-orders.ts';

await runService('orders', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const connection = await store.whenConnected;
  const [orders, tickets, buyers] = [orderModel(connection), ticketModel(connection), buyerModel(connection)];
  await createIndexes([orders, tickets, buyers], log);
  const context = { orders, tickets, buyers, now: () => new Date(), config };

  const deadLetters = mongoDeadLetters(connection);
  const consumer = startConsumer({ bus, group: 'orders', handlers: subscriptions(context), deadLetters, log });
  const relay = startRelay({ connection, collections: ['orders'], bus, instance: config.INSTANCE, log });
  const expiring = every(2000, () => expireOverdue(context), log);
  const resending = every(5000, () => askAgain(context), log);

  const internal = [deadLetterRoutes(deadLetters, consumer), resyncRoutes((since) => sayOrdersAgain(context, since))];
  serve(createApp(context, config, { log, health, config, internal }), [
    () => consumer.stop(),
    () => Promise.all([expiring.stop(), resending.stop()]),
    () => relay.stop(),
    () => bus.close(),
    () => store.close(),
  ]);
});
