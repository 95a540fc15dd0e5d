import {
  closeServer,
  connectBus,
  createApi,
  createHealth,
  createLogger,
  deadLetterRoutes,
  listen,
  run,
  startSubscriptions,
  stopOnSignal,
} from '@ticketing/common';
import { readConfig } from './config.ts';
import { redisDeadLetters } from './dead-letters.ts';
import { subscriptions } from './subscriptions.ts';
import { createTimers } from './timers.ts';

await run('expiration', async () => {
  const config = readConfig();
  const log = createLogger('expiration', config.LOG_LEVEL);

  const bus = connectBus(config, log);
  const timers = createTimers(config, bus, log);
  const deadLetters = redisDeadLetters(timers.redis);
  const hearing = startSubscriptions({ bus, group: 'expiration', handlers: subscriptions(timers), deadLetters, log });

  const health = createHealth({ store: () => timers.ping(), bus: () => bus.whenConnected });
  const app = createApi({ log, health, config, internal: [deadLetterRoutes(deadLetters, hearing)] });
  const server = await listen(app, config, log);

  stopOnSignal(log, health, [() => closeServer(server), () => hearing.stop(), () => timers.close(), () => bus.close()]);
});
