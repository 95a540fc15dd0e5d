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
import { ticketModel } from './models/ticket.ts';
import { subscriptions } from './subscriptions.ts';
import { sayTicketsAgain } from './use-cases/say-tickets-again.ts';
import { askAgain } from './use-cases/sweep-tickets.ts';

await run('tickets', async () => {
  const config = readConfig();
  const log = createLogger('tickets', config.LOG_LEVEL);

  const connection = await connectStore(config.MONGO_URL, log);
  const tickets = ticketModel(connection);
  await tickets.init();
  const context = { tickets, now: () => new Date() };

  const bus = connectBus(config, log);
  const deadLetters = mongoDeadLetters(connection);
  const hearing = startSubscriptions({ bus, group: 'tickets', handlers: subscriptions(context), deadLetters, log });
  const asking = every(10_000, () => askAgain(context), log);
  const relay = startRelay({ connection, collections: ['tickets'], bus, instance: config.INSTANCE, log });

  const health = createHealth({ store: () => pingStore(connection), bus: () => bus.whenConnected });
  const internal = [deadLetterRoutes(deadLetters, hearing), resyncRoutes((since) => sayTicketsAgain(context, since))];
  const app = createApp(context, config, { log, health, config, internal });
  const server = await listen(app, config, log);

  stopOnSignal(log, health, [
    () => closeServer(server),
    () => hearing.stop(),
    () => asking.stop(),
    () => relay.stop(),
    () => bus.close(),
    () => connection.close(),
  ]);
});
