import { hostname } from 'node:os';
import { z } from 'zod';
import { events } from '@ticketing/common';
import { busKind, wholeNumber } from '@ticketing/runtime';
import type { Backing, Logger } from '@ticketing/runtime';
import { busConnected, eventsPublished } from '../metrics.ts';
import type { Bus } from './bus.ts';
import { connectJetStream } from './jetstream.ts';
import type { JetStreamOptions } from './jetstream.ts';
import { streamOf } from './jetstream-names.ts';
import { connectNatsStreaming, natsStreamingSettings } from './nats-streaming.ts';
import type { NatsStreamingOptions } from './nats-streaming.ts';

/** The settings of every service on the bus. */
export const busSettings = {
  BUS: busKind,
  ...natsStreamingSettings,
  NATS_REPLICAS: wholeNumber(1, 5).default(1),
  /** Names this instance of the service. A restarted instance that keeps its name replaces its predecessor at once. */
  INSTANCE: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
    .default(`${hostname().replace(/[^\w-]/g, '-')}-${process.pid}`),
};

export interface BusOptions extends NatsStreamingOptions, JetStreamOptions {
  BUS: z.output<typeof busKind>;
}

/** What events are about, such as `ticket`. */
const nouns = [...new Set(Object.keys(events).map(streamOf))];

/**
 * Connects to the bus in the background. A lost connection is restored with all its subscriptions. Publications are counted here, whichever
 * part of a service makes them.
 */
export function connectBus(options: BusOptions, log: Logger): Bus & Backing {
  busConnected.set(0);
  const bus = options.BUS === 'jetstream' ? connectJetStream(options, nouns, log) : connectNatsStreaming(options, log);
  const publish = bus.publish.bind(bus);
  bus.publish = async (...message) => {
    await publish(...message);
    eventsPublished.inc();
  };
  return bus;
}
