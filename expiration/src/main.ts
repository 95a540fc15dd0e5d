import { connectBus, createApi, deadLetterRoutes, runService, startSubscriptions } from '@ticketing/common';
import { readConfig } from './config.ts';
import { redisDeadLetters } from './dead-letters.ts';
import { subscriptions } from './subscriptions.ts';
import { createTimers } from './timers.ts';

await runService('expiration', readConfig, async ({ config, log, health, use, serve }) => {
  const bus = connectBus(config, log);
  const timers = createTimers(config, bus, log);
  use({ store: timers, bus });

  await timers.whenConnected;
  const deadLetters = redisDeadLetters(timers.redis);
  const handlers = subscriptions(timers);
  const consumer = startSubscriptions({ bus, group: 'expiration', handlers, deadLetters, log });

  const app = createApi({ log, health, config, internal: [deadLetterRoutes(deadLetters, consumer)] });
  serve(app, [() => consumer.stop(), () => timers.close(), () => bus.close()]);
});
