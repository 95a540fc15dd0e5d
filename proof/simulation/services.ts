import { HttpError, describeError, isUnreachable } from '@ticketing/common';
import type { Bus } from '@ticketing/common';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { startExpiration } from '../../expiration/src/service.ts';
import { createTimers } from '../../expiration/src/timers.ts';
import type { OrdersContext } from '../../orders/src/context.ts';
import { startOrders } from '../../orders/src/service.ts';
import type { PaymentsContext } from '../../payments/src/context.ts';
import type { PaymentProvider } from '../../payments/src/provider/provider.ts';
import { startPayments } from '../../payments/src/service.ts';
import type { TicketsContext } from '../../tickets/src/context.ts';
import { startTickets } from '../../tickets/src/service.ts';
import type { Broker } from './broker.ts';
import { inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import type { Stores } from './store.ts';
import type { World } from './world.ts';

export const EXPIRY_GRACE_SECONDS = 2;

/** A line of the log for the story. */
function logLine(line: string): string {
  const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } };
  return err ? `${msg} (${err.message})` : msg;
}

/** What a process of each service gives to those who ask it. */
export interface Contexts {
  tickets: TicketsContext;
  orders: OrdersContext;
  payments: PaymentsContext;
  expiration: object;
}
export type Service = keyof Contexts;
export const services: readonly Service[] = ['tickets', 'orders', 'payments', 'expiration'];

interface Started<S extends Service> {
  context: Contexts[S];
  /** The steps that end it, in their order. */
  stop: (() => Promise<unknown>)[];
}

/** Lists and searches are for HTTP, which the simulation leaves out. */
const noQueries = () => Promise.reject(new Error('there are no queries in the simulation'));

/** Each service as its `main.ts` starts it, without HTTP. */
const starts: {
  [S in Service]: (given: {
    place: string;
    bus: Bus;
    log: Logger;
    provider: PaymentProvider;
    stores: Stores;
    world: World;
  }) => Started<S>;
} = {
  tickets: ({ place, bus, log, stores }) =>
    startTickets({
      stores: {
        tickets: stores.collection('tickets', 'tickets'),
        leases: stores.collection('tickets', 'leases'),
        deadLetters: stores.deadLetters('tickets'),
        queries: { page: noQueries, pageVersion: noQueries },
      },
      config: { INSTANCE: place },
      ...{ bus, log },
    }),
  orders: ({ place, bus, log, stores, world }) =>
    startOrders({
      stores: {
        orders: stores.collection('orders', 'orders'),
        tickets: stores.collection('orders', 'tickets'),
        slots: stores.collection('orders', 'holdslots'),
        leases: stores.collection('orders', 'leases'),
        deadLetters: stores.deadLetters('orders'),
        queries: { ordersOf: noQueries },
      },
      config: { HOLD_SECONDS: world.plan.holdSeconds, MAX_LIVE_HOLDS: 2, EXPIRY_GRACE_SECONDS, INSTANCE: place },
      ...{ bus, log },
    }),
  payments: ({ place, bus, log, provider, stores }) =>
    startPayments({
      stores: {
        payments: stores.collection('payments', 'payments'),
        leases: stores.collection('payments', 'leases'),
        deadLetters: stores.deadLetters('payments'),
      },
      config: { INSTANCE: place },
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

export interface Answer<T> {
  /** 0: nobody knows. */
  status: number;
  code?: string;
  value?: T;
}

const REQUEST_LIMIT_MS = 35_000;

export type Cluster = ReturnType<typeof createCluster>;

/** The services' processes: starts them, lets them die, starts them anew, and passes on what people ask of them. */
export function createCluster(world: World, broker: Broker, stores: Stores, provider: PaymentProvider) {
  const { scheduler, chances } = world;
  const running = new Map<string, Running>();
  /** Those who wait for an answer of a process, to be told when there will be none. */
  const waiting = new Map<Process, Set<() => void>>();
  const log = pino(
    { level: 'warn', base: {}, timestamp: false },
    {
      write(line: string) {
        world.tell(() => `logs: ${logLine(line)}`);
      },
    },
  );
  const silent = pino({ level: 'silent' });
  const skews = new Map(
    services.map((service) => [service, world.plan.skew > 0 ? chances.integer(240_000) - 120_000 : 0]),
  );

  function start(service: Service, place: string): void {
    const process: Process = { name: place, service, alive: true, skewMs: skews.get(service) ?? 0 };
    waiting.set(process, new Set());
    inProcess(process, () => {
      world.tell(() => 'starts');
      const bus = broker.connect();
      const given = { place, bus, log: world.hasListener ? log : silent, provider, stores, world };
      running.set(place, { ...starts[service](given), process });
    });
  }

  function end(process: Process): void {
    process.alive = false;
    if (running.get(process.name)?.process === process) running.delete(process.name);
    broker.forget(process);
    for (const tell of waiting.get(process) ?? []) tell();
    waiting.delete(process);
    const away = world.adverse ? chances.between(50, 3000) : 50;
    scheduler.after(
      away,
      () => {
        start(process.service as Service, process.name);
      },
      null,
    );
  }

  world.crash = (process, when) => {
    world.tell(() => `${process.name} dies ${when}`);
    end(process);
  };

  return {
    startAll(): void {
      for (const service of services)
        for (let index = 1; index <= world.plan.processes; index++) start(service, `${service}-${index}`);
    },
    /** Some process of a service that is up. */
    some: <S extends Service>(service: S): Running<S> | undefined => {
      const up = [...running.values()].filter(({ process }) => process.service === service);
      return up.length > 0 ? (chances.pick<Running>(up) as Running<S>) : undefined;
    },
    get allUp() {
      return running.size === services.length * world.plan.processes;
    },
    /** Stops a process as SIGTERM does, and starts it again. */
    async restart(service: Service): Promise<void> {
      const one = this.some(service);
      if (!one) return;
      running.delete(one.process.name);
      world.tell(() => `${one.process.name} is told to stop`);
      if ((waiting.get(one.process)?.size ?? 0) > 0) world.took('a process stops properly while it has work in hand');
      await inProcess(one.process, async () => {
        for (const step of one.stop) await step();
      });
      if (one.process.alive) end(one.process);
    },
    /** Has a process of the service do what somebody asks for. What it answers, as its HTTP routes would. */
    async ask<S extends Service, T>(
      service: S,
      what: string,
      use: (context: Contexts[S]) => Promise<T>,
    ): Promise<Answer<T>> {
      const one = this.some(service);
      if (!one) {
        await scheduler.sleep(300);
        return { status: 503 };
      }
      await scheduler.sleep(world.latency());
      const { process, context } = one;
      const others = waiting.get(process);
      if (!others) return { status: 0 };
      return new Promise((resolve) => {
        const answer = (given: Answer<T>) => {
          others.delete(dead);
          timer.cancel();
          world.tell(() => `${process.name} answers ${what}: ${given.status} ${given.code ?? ''}`);
          resolve(given);
        };
        const dead = () => {
          answer({ status: 0 });
        };
        const timer = scheduler.after(REQUEST_LIMIT_MS, dead, null);
        others.add(dead);
        inProcess(process, () => use(context)).then(
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

  function failure(error: unknown): Answer<never> {
    if (error instanceof HttpError) return { status: error.status, code: error.problems[0]?.code ?? '' };
    if (isUnreachable(error)) return { status: 503 };
    world.broken(`a request ends in an internal error: ${describeError(error)}`);
    return { status: 500 };
  }
}
