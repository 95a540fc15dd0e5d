import { REFRESH_ENDED_SESSIONS_MS, createEndedSessions } from '@ticketing/common';
import type { EndedSessionStore, EndedSessions } from '@ticketing/common';
import { every as everyInterval } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import type { Bus } from '../bus/bus.ts';
import { startConsumer } from '../bus/consumer.ts';
import type { Handlers } from '../bus/consumer.ts';
import { deadLettersGauge } from '../bus/dead-letters.ts';
import type { DeadLetters } from '../bus/dead-letters.ts';
import { deadLetterRoutes, resyncRoutes, sweepRoutes } from '../admin-routes.ts';
import type { Running } from '../service.ts';
import { aggregate } from './aggregate.ts';
import type { Publisher, Republished } from './aggregate.ts';
import type { Collection } from './collection.ts';
import { createLease } from './lease.ts';
import type { LeaseDocument } from './lease.ts';
import { outboxGauges, startRelay } from './relay.ts';
import type { Outboxes } from './relay.ts';
import { createSweeps } from './sweeps.ts';
import type { Sweeps } from './sweeps.ts';

/** The stores that a service needs to publish and consume events. */
export interface MessagingStores {
  leases: Collection<LeaseDocument>;
  deadLetters: DeadLetters;
}

export interface MessagingOptions<Config = object> {
  bus: Bus;
  config: Config & { INSTANCE: string };
  log: Logger;
  /** For tests, in which nothing happens by itself. */
  every?: typeof everyInterval;
}

export interface Messaging<ServiceHandlers extends Handlers = Handlers> {
  /** For the aggregate whose events are published. */
  publisher: Publisher;
  /** For the periodic work of the service. */
  sweeps: Sweeps;
  /** Consumes events from now on. `stop` lists the shutdown steps in order; background tasks stop between consumer and relay. */
  consume(options: {
    handlers: ServiceHandlers;
    republish: (since: Date) => Promise<Republished>;
    tasks: { stop: () => Promise<unknown> }[];
  }): Running;
}

/** Starts publishing the events of one collection, for the consumer group and the instance of a service. */
export function startMessaging(
  group: string,
  outboxes: Outboxes,
  { leases, deadLetters }: MessagingStores,
  { bus, config, log, every = everyInterval }: MessagingOptions,
): Messaging {
  const lease = createLease(aggregate({ collection: leases }), 'relay', config.INSTANCE);
  const sweeps = createSweeps(log);
  const relay = startRelay({ outboxes, lease, bus, log, sweeps, every });
  return {
    publisher: relay,
    sweeps,
    consume({ handlers, republish, tasks }) {
      const consumer = startConsumer({ bus, group, handlers, deadLetters, log });
      return {
        prepare: [],
        adminRoutes: [deadLetterRoutes(deadLetters, consumer), resyncRoutes(republish, log), sweepRoutes(sweeps)],
        gauges: [...outboxGauges(outboxes), deadLettersGauge(deadLetters)],
        stop: [() => consumer.stop(), ...tasks.map((task) => () => task.stop()), () => relay.stop(), () => bus.close()],
      };
    },
  };
}

/** The handlers of a service whose routes need a session: it has to consume the end of each. */
export type SessionHandlers = Handlers & Required<Pick<Handlers, 'session:ended'>>;

/**
 * Starts messaging for a service whose routes need a session, with the ended sessions: they are loaded before the first request,
 * and refreshed until the service stops.
 */
export function startSessionMessaging(
  group: string,
  outboxes: Outboxes,
  stores: MessagingStores & { endedSessions: EndedSessionStore },
  options: MessagingOptions,
): Messaging<SessionHandlers> & { endedSessions: EndedSessions } {
  const { log, every = everyInterval } = options;
  const messaging = startMessaging(group, outboxes, stores, options);
  const endedSessions = createEndedSessions(stores.endedSessions);
  const refresh = () => endedSessions.refresh();
  const refreshing = every(REFRESH_ENDED_SESSIONS_MS, refresh, log);
  return {
    ...messaging,
    endedSessions,
    consume({ tasks, ...options }) {
      const consuming = messaging.consume({ ...options, tasks: [...tasks, refreshing] });
      return { ...consuming, prepare: [...consuming.prepare, refresh] };
    },
  };
}
