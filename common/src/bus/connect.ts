import { hostname } from 'node:os';
import { z } from 'zod';
import type { Backing } from '../backing.ts';
import type { Logger } from '../logging.ts';
import { busConnected } from '../metrics.ts';
import type { Bus } from './bus.ts';
import { connectNatsStreaming, natsStreamingSettings } from './nats-streaming.ts';
import type { NatsStreamingOptions } from './nats-streaming.ts';

/** The settings of every service on the bus. */
export const busSettings = {
  ...natsStreamingSettings,
  /** Names this instance of the service. A restarted instance that keeps its name replaces its predecessor at once. */
  INSTANCE: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
    .default(`${hostname().replace(/[^\w-]/g, '-')}-${process.pid}`),
};

export type BusOptions = NatsStreamingOptions;

/** Connects to the bus in the background. A lost connection is restored with all its subscriptions. */
export function connectBus(options: BusOptions, log: Logger): Bus & Backing {
  busConnected.set(0);
  return connectNatsStreaming(options, log);
}
