import { HttpError } from '@ticketing/common';
import type { Bus } from '@ticketing/core';
import { describeError, isUnreachable } from '@ticketing/runtime';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { AuthContext } from '../../auth/src/context.ts';
import { startAuth } from '../../auth/src/service.ts';
import { startExpiration } from '../../expiration/src/service.ts';
import { createTimers } from '../../expiration/src/timers.ts';
import type { OrdersContext } from '../../orders/src/context.ts';
import { startOrders } from '../../orders/src/service.ts';
import type { PaymentsContext } from '../../payments/src/context.ts';
import type { PaymentProvider } from '../../payments/src/provider/provider.ts';
import { startPayments } from '../../payments/src/service.ts';
import type { TicketsContext } from '../../tickets/src/context.ts';
import { deliveryKeys } from '../../tickets/src/delivery/keys.ts';
import { FINGERPRINTS, createVault } from '../../tickets/src/delivery/vault.ts';
import { startTickets } from '../../tickets/src/service.ts';
import type { Broker } from './broker.ts';
import { inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import type { Stores } from './store.ts';
import type { World } from './world.ts';

export const EXPIRY_GRACE_SECONDS = 2;
export const MAX_LIVE_HOLDS = 2;

/** A log line as it appears in the trace. */
function logLine(line: string): string {
  const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } };
  return err ? `${msg} (${err.message})` : msg;
}

/** What the use cases of each service need. */
export interface Contexts {
  auth: AuthContext;
  tickets: TicketsContext;
  orders: OrdersContext;
  payments: PaymentsContext;
  expiration: object;
}
export type Service = keyof Contexts;
export const services: readonly Service[] = ['auth', 'tickets', 'orders', 'payments', 'expiration'];

interface Started<S extends Service> {
  context: Contexts[S];
  /** The steps that stop it, in their order. */
  stop: (() => Promise<unknown>)[];
}

/** Lists are read by routes, which the simulation leaves out. */
const noQueries = () => Promise.reject(new Error('the simulation has no queries'));

/** Mails need accounts, which are left out. */
const nothing = () => Promise.resolve();
const noMails = { add: nothing, forget: nothing, sendDue: nothing };

const keys = deliveryKeys(['the key of deliveries of every run']);
const fingerprintKey = keys.create(FINGERPRINTS).wrapped;

/** Starts each service as its `main.ts` does, without HTTP. */
const starters: {
  [S in Service]: (deps: {
    instance: string;
    bus: Bus;
    log: Logger;
    provider: PaymentProvider;
    stores: Stores;
    world: World;
  }) => Started<S>;
} = {
  auth: ({ instance, bus, log, stores }) =>
    startAuth({
      stores: {
        // Accounts are left out: each actor who signs in has one.
        users: undefined as never,
        sessions: stores.collection('auth', 'sessions'),
        leases: stores.collection('auth', 'leases'),
        deadLetters: stores.deadLetters('auth'),
      },
      mails: noMails,
      config: { INSTANCE: instance, SESSION_SECONDS: 86_400, SESSION_IDLE_SECONDS: 43_200 },
      ...{ bus, log },
    }),
  tickets({ instance, bus, log, stores }) {
    const payloads = stores.payloads('tickets', fingerprintKey);
    return startTickets({
      stores: {
        tickets: stores.collection('tickets', 'tickets', ['delivery.fingerprints']),
        payloads,
        endedSessions: stores.endedSessions('tickets'),
        leases: stores.collection('tickets', 'leases'),
        deadLetters: stores.deadLetters('tickets'),
        queries: { page: noQueries, pageVersion: noQueries, ownPage: noQueries, words: noQueries, changes: noQueries },
      },
      vault: createVault(keys, payloads, fingerprintKey),
      config: { INSTANCE: instance },
      ...{ bus, log },
    });
  },
  orders: ({ instance, bus, log, stores, world }) =>
    startOrders({
      stores: {
        orders: stores.collection('orders', 'orders', ['buyerSlot', 'networkSlot']),
        tickets: stores.collection('orders', 'tickets'),
        endedSessions: stores.endedSessions('orders'),
        leases: stores.collection('orders', 'leases'),
        deadLetters: stores.deadLetters('orders'),
        queries: { ordersOf: noQueries, recentOf: noQueries },
      },
      config: {
        ...{ HOLD_SECONDS: world.plan.holdSeconds, EXPIRY_GRACE_SECONDS, INSTANCE: instance },
        ...{ MAX_LIVE_HOLDS, MAX_NETWORK_HOLDS: 3 },
        // A run is over before a pause is.
        HOLD_PAUSE_SECONDS: 0,
        OUTCOME_WAIT_MS: 0,
      },
      ...{ bus, log },
    }),
  payments: ({ instance, bus, log, provider, stores }) =>
    startPayments({
      stores: {
        payments: stores.collection('payments', 'payments'),
        endedSessions: stores.endedSessions('payments'),
        leases: stores.collection('payments', 'leases'),
        deadLetters: stores.deadLetters('payments'),
      },
      config: { INSTANCE: instance, OUTCOME_WAIT_MS: 0 },
      ...{ bus, log, provider },
    }),
  expiration({ bus, log }) {
    const timers = createTimers({ REDIS_URL: 'redis://memory', EXPIRY_GRACE_SECONDS }, bus, log);
    const { stop } = startExpiration({ bus, log, timers });
    return { context: {}, stop };
  },
};

interface Running<S extends Service = Service> extends Started<S> {
  process: Process;
}

export interface Response<T> {
  /** 0: the outcome is unknown. */
  status: number;
  code?: string;
  value?: T;
}

const REQUEST_LIMIT_MS = 35_000;

export type Cluster = ReturnType<typeof createCluster>;

/** The processes of the services: starts, crashes and restarts them, and passes requests to them. */
export function createCluster(world: World, broker: Broker, stores: Stores, provider: PaymentProvider) {
  const { scheduler, chances } = world;
  const running = new Map<string, Running>();
  /** The requests in flight of each process; calling one ends it without an outcome. */
  const inFlight = new Map<Process, Set<() => void>>();
  const log = pino(
    { level: 'warn', base: {}, timestamp: false },
    {
      write(line: string) {
        world.trace(() => `logs: ${logLine(line)}`);
      },
    },
  );
  const silent = pino({ level: 'silent' });
  const skews = new Map(
    services.map((service) => [service, world.plan.skew > 0 ? chances.integer(240_000) - 120_000 : 0]),
  );

  function start(service: Service, instance: string): void {
    const process: Process = { name: instance, service, alive: true, skewMs: skews.get(service) ?? 0 };
    inFlight.set(process, new Set());
    inProcess(process, () => {
      world.trace(() => 'starts');
      const bus = broker.connect();
      const deps = { instance, bus, log: world.isTraced ? log : silent, provider, stores, world };
      running.set(instance, { ...starters[service](deps), process });
    });
  }

  function end(process: Process): void {
    process.alive = false;
    if (running.get(process.name)?.process === process) running.delete(process.name);
    broker.forget(process);
    for (const abort of inFlight.get(process) ?? []) abort();
    inFlight.delete(process);
    const downMs = world.adverse ? chances.between(50, 3000) : 50;
    scheduler.after(
      downMs,
      () => {
        start(process.service as Service, process.name);
      },
      null,
    );
  }

  world.crash = (process, when) => {
    world.trace(() => `${process.name} crashes ${when}`);
    end(process);
  };

  return {
    startAll(): void {
      for (const service of services)
        for (let index = 1; index <= world.plan.processes; index++) start(service, `${service}-${index}`);
    },
    /** A random running process of a service. */
    some: <S extends Service>(service: S): Running<S> | undefined => {
      const up = [...running.values()].filter(({ process }) => process.service === service);
      return up.length > 0 ? (chances.pick<Running>(up) as Running<S>) : undefined;
    },
    /** The names of the running processes that accept this session. One that is starting accepts none. */
    accepting(sessionId: string): string[] {
      const accepts = (context: Contexts[Service]): boolean => {
        try {
          return 'endedSessions' in context && !context.endedSessions.has(sessionId);
        } catch (error) {
          if (isUnreachable(error)) return false;
          throw error;
        }
      };
      return [...running.values()].filter(({ context }) => accepts(context)).map(({ process }) => process.name);
    },
    get allUp() {
      return running.size === services.length * world.plan.processes;
    },
    /** Stops a process as SIGTERM does, and starts it again. */
    async restart(service: Service): Promise<void> {
      const one = this.some(service);
      if (!one) return;
      running.delete(one.process.name);
      world.trace(() => `${one.process.name} receives SIGTERM`);
      if ((inFlight.get(one.process)?.size ?? 0) > 0)
        world.reached('a process is stopped while requests are in flight');
      await inProcess(one.process, async () => {
        for (const step of one.stop) await step();
      });
      if (one.process.alive) end(one.process);
    },
    /** Sends a request to a process of the service. Returns the response that its HTTP route would give. */
    async request<S extends Service, T>(
      service: S,
      description: string,
      use: (context: Contexts[S]) => Promise<T>,
    ): Promise<Response<T>> {
      const one = this.some(service);
      if (!one) {
        await scheduler.sleep(300);
        return { status: 503 };
      }
      await scheduler.sleep(world.latency());
      const { process, context } = one;
      const requests = inFlight.get(process);
      if (!requests) return { status: 0 };
      return new Promise((resolve) => {
        const answer = (response: Response<T>) => {
          requests.delete(abort);
          timer.cancel();
          world.trace(() => `${process.name} answers ${description}: ${response.status} ${response.code ?? ''}`);
          resolve(response);
        };
        const abort = () => {
          answer({ status: 0 });
        };
        const timer = scheduler.after(REQUEST_LIMIT_MS, abort, null);
        requests.add(abort);
        inProcess(process, async () => await use(context)).then(
          (value) => {
            answer({ status: 200, value });
          },
          (error: unknown) => {
            answer(failure(error));
          },
        );
      });
    },
  };

  function failure(error: unknown): Response<never> {
    if (error instanceof HttpError) return { status: error.status, code: error.problems[0]?.code ?? '' };
    if (isUnreachable(error)) return { status: 503 };
    world.broken(`a request ends in an internal error: ${describeError(error)}`);
    return { status: 500 };
  }
}
