import { HttpError, describeError, every, isUnreachable, startConsumer } from '@ticketing/common';
import type { Bus, DeadLetters } from '@ticketing/common';
import { mongoDeadLetters, startRelay } from '@ticketing/common/mongo';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { redisDeadLetters } from '../../expiration/src/dead-letters.ts';
import { subscriptions as expirationHears } from '../../expiration/src/subscriptions.ts';
import { createTimers } from '../../expiration/src/timers.ts';
import type { OrdersContext } from '../../orders/src/context.ts';
import { buyerModel } from '../../orders/src/models/buyer.ts';
import { orderModel } from '../../orders/src/models/order.ts';
import { ticketModel as ticketCopyModel } from '../../orders/src/models/ticket.ts';
import { subscriptions as ordersHear } from '../../orders/src/subscriptions.ts';
import { askAgain as askOrdersAgain, expireOverdue } from '../../orders/src/use-cases/sweep-orders.ts';
import type { PaymentsContext } from '../../payments/src/context.ts';
import { paymentModel } from '../../payments/src/models/payment.ts';
import type { PaymentProvider } from '../../payments/src/provider/provider.ts';
import { createSettler } from '../../payments/src/settler.ts';
import { subscriptions as paymentsHear } from '../../payments/src/subscriptions.ts';
import { settleDue } from '../../payments/src/use-cases/settle-payment.ts';
import type { TicketsContext } from '../../tickets/src/context.ts';
import { ticketModel } from '../../tickets/src/models/ticket.ts';
import { subscriptions as ticketsHear } from '../../tickets/src/subscriptions.ts';
import { askAgain as askTicketsAgain } from '../../tickets/src/use-cases/sweep-tickets.ts';
import type { Broker } from './broker.ts';
import { inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import { connectTo } from './store.ts';
import type { World } from './world.ts';

export const EXPIRY_GRACE_SECONDS = 2;

/** A line of the log as the story has it. */
function said(line: string): string {
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
  /** As `main.ts` stops it. */
  stop: (() => Promise<unknown>)[];
}

const connections = new Map<string, Promise<object>>();

/** Models are made once for each place of a process, not for each of its lives: that is what takes Mongoose long. */
function once<T extends object>(place: string, make: () => Promise<T>): Promise<T> {
  const made = connections.get(place) ?? make();
  connections.set(place, made);
  return made as Promise<T>;
}

/** A model without what an earlier life of its process knows of it. */
const forgetful = <M extends object>(model: M): M => new Proxy(model, {});

const now = () => new Date();

/** Each service as its `main.ts` starts it, without HTTP. */
const starts: {
  [S in Service]: (given: {
    place: string;
    bus: Bus;
    log: Logger;
    provider: PaymentProvider;
    world: World;
  }) => Promise<Started<S>>;
} = {
  async tickets({ place, bus, log }) {
    const { connection, tickets, deadLetters } = await once(place, async () => {
      const connection = await connectTo('tickets');
      return { connection, tickets: ticketModel(connection), deadLetters: mongoDeadLetters(connection) };
    });
    const context = { tickets: forgetful(tickets), now };
    const hearing = startConsumer({ bus, group: 'tickets', handlers: ticketsHear(context), deadLetters, log });
    const asking = every(10_000, () => askTicketsAgain(context), log);
    const relay = startRelay({ connection, collections: ['tickets'], bus, instance: place, log });
    return { context, stop: [() => hearing.stop(), () => asking.stop(), () => relay.stop(), () => bus.close()] };
  },
  async orders({ place, bus, log, world }) {
    const { connection, deadLetters, orders, tickets, buyers } = await once(place, async () => {
      const connection = await connectTo('orders');
      const models = {
        orders: orderModel(connection),
        tickets: ticketCopyModel(connection),
        buyers: buyerModel(connection),
      };
      return { connection, ...models, deadLetters: mongoDeadLetters(connection) };
    });
    const config = { HOLD_SECONDS: world.plan.holdSeconds, MAX_LIVE_HOLDS: 2, EXPIRY_GRACE_SECONDS };
    const models = { orders: forgetful(orders), tickets: forgetful(tickets), buyers: forgetful(buyers) };
    const context = { ...models, now, config };
    const hearing = startConsumer({ bus, group: 'orders', handlers: ordersHear(context), deadLetters, log });
    const relay = startRelay({ connection, collections: ['orders'], bus, instance: place, log });
    const expiring = every(2000, () => expireOverdue(context), log);
    const asking = every(5000, () => askOrdersAgain(context), log);
    const stop = [
      () => hearing.stop(),
      () => Promise.all([expiring.stop(), asking.stop()]),
      () => relay.stop(),
      () => bus.close(),
    ];
    return { context, stop };
  },
  async payments({ place, bus, log, provider }) {
    const { connection, payments, deadLetters } = await once(place, async () => {
      const connection = await connectTo('payments');
      return { connection, payments: paymentModel(connection), deadLetters: mongoDeadLetters(connection) };
    });
    const context = { payments: forgetful(payments), provider, now, log };
    const settler = createSettler(log);
    const handlers = paymentsHear(context, settler);
    const hearing = startConsumer({ bus, group: 'payments', handlers, deadLetters, log });
    const relay = startRelay({ connection, collections: ['payments'], bus, instance: place, log });
    const settling = every(1000, () => settleDue(context), log);
    const stop = [
      () => hearing.stop(),
      () => settler.stop(),
      () => settling.stop(),
      () => relay.stop(),
      () => bus.close(),
    ];
    return { context, stop };
  },
  expiration({ bus, log }) {
    const timers = createTimers({ REDIS_URL: 'redis://memory', EXPIRY_GRACE_SECONDS }, bus, log);
    const deadLetters: DeadLetters = redisDeadLetters(timers.redis);
    const hearing = startConsumer({
      bus,
      group: 'expiration',
      handlers: expirationHears(timers),
      deadLetters,
      log,
    });
    return Promise.resolve({ context: {}, stop: [() => hearing.stop(), () => timers.close(), () => bus.close()] });
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
export function createCluster(world: World, broker: Broker, provider: PaymentProvider) {
  const { scheduler, chances } = world;
  const running = new Map<string, Running>();
  /** Those who wait for an answer of a process, to be told when there will be none. */
  const waiting = new Map<Process, Set<() => void>>();
  const log = pino(
    { level: 'warn', base: {}, timestamp: false },
    {
      write(line: string) {
        world.tell(() => `logs: ${said(line)}`);
      },
    },
  );
  const silent = pino({ level: 'silent' });
  const skews = new Map(
    services.map((service) => [service, world.plan.skew > 0 ? chances.integer(240_000) - 120_000 : 0]),
  );

  async function start(service: Service, place: string): Promise<void> {
    const process: Process = { name: place, service, alive: true, skewMs: skews.get(service) ?? 0 };
    waiting.set(process, new Set());
    await inProcess(process, async () => {
      world.tell(() => 'starts');
      const bus = broker.connect();
      const given = { place, bus, log: world.hasListener ? log : silent, provider, world };
      const started = await starts[service](given);
      if (process.alive) running.set(place, { ...started, process });
    });
  }

  function end(process: Process): void {
    process.alive = false;
    if (running.get(process.name)?.process === process) running.delete(process.name);
    broker.forget(process);
    for (const tell of waiting.get(process) ?? []) tell();
    waiting.delete(process);
    const away = world.adverse ? chances.between(50, 3000) : 50;
    scheduler.after(away, () => void start(process.service as Service, process.name), null);
  }

  world.crash = (process, when) => {
    world.tell(() => `${process.name} dies ${when}`);
    end(process);
  };

  return {
    async startAll(): Promise<void> {
      for (const service of services)
        for (let index = 1; index <= world.plan.processes; index++) await start(service, `${service}-${index}`);
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
