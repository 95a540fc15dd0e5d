import { createApi, deadLetterRoutes, startConsumer } from '@ticketing/common';
import type { ApiOptions, Bus } from '@ticketing/common';
import type { Express } from 'express';
import { redisDeadLetters } from './dead-letters.ts';
import { subscriptions } from './subscriptions.ts';
import type { Timers } from './timers.ts';

/**
 * Starts expiration on its connections: consumes orders' events and fires timers. `stop` is to be run step by step, before the
 * bus is closed; it ends with the timers, because those that are firing still publish.
 */
export function startExpiration({
  config,
  log,
  health,
  bus,
  timers,
}: Pick<ApiOptions, 'config' | 'log' | 'health'> & { bus: Bus; timers: Timers }): {
  app: Express;
  stop: (() => Promise<unknown>)[];
} {
  const deadLetters = redisDeadLetters(timers.redis);
  const consumer = startConsumer({ bus, group: 'expiration', handlers: subscriptions(timers), deadLetters, log });
  const app = createApi({ log, health, config, internal: [deadLetterRoutes(deadLetters, consumer)] });
  return { app, stop: [() => consumer.stop(), () => timers.close()] };
}
