import { deadLetterRoutes, deadLettersGauge, startConsumer } from '@ticketing/core';
import type { Bus } from '@ticketing/core';
import type { Logger } from '@ticketing/runtime';
import { redisDeadLetters } from './dead-letters.ts';
import { timerGauges } from './metrics.ts';
import { subscriptions } from './subscriptions.ts';
import type { Timers } from './timers.ts';

/**
 * Starts expiration except its HTTP server. `stop` lists the shutdown steps in order: the timers before the bus, because firing
 * timers still publish.
 */
export function startExpiration({ bus, log, timers }: { bus: Bus; log: Logger; timers: Timers }) {
  const deadLetters = redisDeadLetters(timers.redis);
  const consumer = startConsumer({ bus, group: 'expiration', handlers: subscriptions(timers), deadLetters, log });
  return {
    prepare: [],
    adminRoutes: [deadLetterRoutes(deadLetters, consumer)],
    gauges: [...timerGauges(timers), deadLettersGauge(deadLetters)],
    stop: [() => consumer.stop(), () => timers.close(), () => bus.close()],
  };
}
