import { connectBus, deadLetterRoutes, every, resyncRoutes, runService, startConsumer } from '@ticketing/common';
import { connectStore, createIndexes, mongoDeadLetters, startRelay } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { ticketModel } from './models/ticket.ts';
import { subscriptions } from './subscriptions.ts';
import { sayTicketsAgain } from './use-cases/say-tickets-again.ts';
import { askAgain } from './use-cases/sweep-tickets.ts';

await runService('tickets', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const connection = await store.whenConnected;
  const tickets = ticketModel(connection);
  await createIndexes([tickets], log);
  const context = { tickets, now: () => new Date() };

  const deadLetters = mongoDeadLetters(connection);
  const consumer = startConsumer({ bus, group: 'tickets', handlers: subscriptions(context), deadLetters, log });
  const relay = startRelay({ connection, collections: ['tickets'], bus, instance: config.INSTANCE, log });
  const resending = every(10_000, () => askAgain(context), log);

  const internal = [deadLetterRoutes(deadLetters, consumer), resyncRoutes((since) => sayTicketsAgain(context, since))];
  serve(createApp(context, config, { log, health, config, internal }), [
    () => consumer.stop(),
    () => resending.stop(),
    () => relay.stop(),
    () => bus.close(),
    () => store.close(),
  ]);
});
