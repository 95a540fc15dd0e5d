import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { send } from '../../e2e/support/http.ts';
import { mongoServices } from '../../scripts/services.ts';
import type { ManagedProcess } from '../../scripts/stack/managed-process.ts';
import type { Marketplace } from './marketplace.ts';
import type { Proxy } from './proxy.ts';

/** A fault: `strike` injects it, and resolves when its cause has ended; recovery may take longer. */
export interface Fault {
  name: string;
  strike: (market: Marketplace) => Promise<void>;
}

/** Longer than the bus waits for an acknowledgement. */
const LONG_PAUSE_MS = 8000;
/** Shorter than the timeout of the store, 5 s. */
const STORE_PAUSE_MS = 4000;
/** Longer than the ten seconds after which the other members of a replica set elect another primary. */
const PRIMARY_PAUSE_MS = 20_000;
/** Longer than the ten seconds after which a primary without a majority steps down. */
const NO_MAJORITY_MS = 20_000;
const BUS_DOWN_MS = 60_000;
const MINUTES_OFF = 3 * 60_000;

const kill = (name: string): Fault => ({
  name: `SIGKILL of ${name}`,
  strike: ({ stack }) => stack.process(name).kill('SIGKILL'),
});

async function pause(process: ManagedProcess, ms: number): Promise<void> {
  await process.kill('SIGSTOP');
  await delay(ms);
  await process.kill('SIGCONT');
}

const freeze = (name: string): Fault => ({
  name: `${name} is paused for ${LONG_PAUSE_MS / 1000} s`,
  strike: ({ stack }) => pause(stack.process(name), LONG_PAUSE_MS),
});

const provider = (fault: string, description: string, delayMs?: number): Fault => ({
  name: `the payment provider ${description}`,
  async strike({ stack }) {
    const url = `${stack.process('sandbox').url}/sandbox/faults`;
    await send(url, 'POST', {
      operation: 'any',
      fault,
      times: 'until-cleared',
      ...(delayMs !== undefined && { delayMs }),
    });
    await delay(6000);
    await send(url, 'DELETE');
  },
});

const clock = (service: string, ms: number): Fault => ({
  name: `the clock of ${service} is ${Math.abs(ms) / 60_000} minutes ${ms > 0 ? 'fast' : 'slow'}`,
  async strike({ shiftClock }) {
    shiftClock(service, ms);
    await delay(8000);
    shiftClock(service, 0);
    await delay(1000);
  },
});

const cut = (proxy: Proxy): Promise<void> => {
  proxy.cut();
  return Promise.resolve();
};

async function withRedis(market: Marketplace, act: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(market.servers.redis.url);
  try {
    await act(redis);
  } finally {
    redis.disconnect();
  }
}

/** Requests a resync of each service that owns documents until it succeeds. Throws after a minute. */
async function resync({ stack }: Marketplace, since: Date): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (const name of mongoServices.map((service) => `${service}-1`))
    while ((await send(`${stack.process(name).adminUrl}/resync?since=${since.toISOString()}`, 'POST')).status !== 200) {
      if (Date.now() > deadline) throw new Error(`${name} could not be resynced`);
      await delay(500);
    }
}

export const faults: readonly Fault[] = [
  ...['auth-1', 'tickets-1', 'orders-1', 'payments-1', 'expiration-1', 'sandbox', 'router'].map(kill),
  ...['tickets-2', 'orders-2', 'payments-2', 'expiration-2'].map(freeze),
  {
    name: "MongoDB's primary steps down",
    strike: ({ servers }) => servers.mongodb.stepDown(),
  },
  {
    name: "SIGKILL of MongoDB's primary",
    strike: async ({ servers }) => (await servers.mongodb.primary()).kill('SIGKILL'),
  },
  {
    name: `MongoDB's primary is paused for ${PRIMARY_PAUSE_MS / 1000} s`,
    strike: async ({ servers }) => pause(await servers.mongodb.primary(), PRIMARY_PAUSE_MS),
  },
  {
    name: `MongoDB has no majority for ${NO_MAJORITY_MS / 1000} s`,
    async strike({ servers }) {
      const stopped = await servers.mongodb.secondaries();
      await Promise.all(stopped.map((member) => member.stop()));
      await delay(NO_MAJORITY_MS);
      await Promise.all(stopped.map((member) => member.start()));
    },
  },
  {
    name: "SIGTERM of MongoDB's primary",
    strike: async ({ servers }) => (await servers.mongodb.primary()).kill('SIGTERM'),
  },
  {
    name: 'all connections to the bus are cut',
    strike: ({ proxies }) => cut(proxies.nats),
  },
  {
    name: 'all connections to the bus stall for 8 s',
    async strike({ proxies }) {
      proxies.nats.stall();
      await delay(LONG_PAUSE_MS);
      proxies.nats.restore();
    },
  },
  {
    name: 'all connections to MongoDB are cut',
    strike: ({ proxies }) => cut(proxies.mongodb),
  },
  {
    name: 'all connections to Redis are cut',
    strike: ({ proxies }) => cut(proxies.redis),
  },
  { name: 'SIGKILL of the bus', strike: ({ servers }) => servers.nats.kill('SIGKILL') },
  {
    name: `the bus is down for ${BUS_DOWN_MS / 1000} s`,
    async strike({ servers }) {
      await servers.nats.stop();
      await delay(BUS_DOWN_MS);
      await servers.nats.start();
    },
  },
  {
    name: 'the bus loses its data; then the services are resynced',
    async strike(market) {
      const since = new Date(Date.now() - 120_000);
      await market.servers.nats.stop();
      market.wipeBus();
      await market.servers.nats.start();
      await resync(market, since);
    },
  },
  { name: 'Redis loses its data', strike: (market) => withRedis(market, (redis) => redis.flushall()) },
  { name: 'SIGKILL of Redis', strike: ({ servers }) => servers.redis.kill('SIGKILL') },
  {
    name: 'Redis is full for 8 s',
    strike: (market) =>
      withRedis(market, async (redis) => {
        await redis.config('SET', 'maxmemory', '1');
        await delay(LONG_PAUSE_MS);
        await redis.config('SET', 'maxmemory', '0');
      }),
  },
  {
    name: `all of MongoDB is paused for ${STORE_PAUSE_MS / 1000} s`,
    async strike({ servers }) {
      await Promise.all(servers.mongodb.members.map((member) => pause(member, STORE_PAUSE_MS)));
    },
  },
  provider('slow', 'is slow', 3000),
  provider('down', 'is down'),
  provider('timeout-after-acting', 'acts and times out', 2000),
  provider('error-500-after-acting', 'acts and answers 500'),
  provider('error-500', 'answers 500'),
  clock('payments', MINUTES_OFF),
  clock('payments', -MINUTES_OFF),
  clock('expiration', MINUTES_OFF),
  clock('tickets', -MINUTES_OFF),
  {
    name: 'rolling restart of every service',
    async strike({ stack }) {
      for (const one of stack.processes.filter(({ name }) => /-[12]$/.test(name))) {
        await one.stop();
        await one.start();
      }
    },
  },
  {
    name: 'together: SIGKILL of orders-2 and payments-2, the bus is cut, the provider acts and answers 500',
    async strike(market) {
      const providerFault = provider('error-500-after-acting', '').strike(market);
      market.proxies.nats.cut();
      await Promise.all(['orders-2', 'payments-2'].map((name) => market.stack.process(name).kill('SIGKILL')));
      await providerFault;
    },
  },
  {
    name: 'together: the bus and Redis are killed while tickets-1 is paused',
    async strike({ stack, servers }) {
      await Promise.all([
        servers.nats.kill('SIGKILL'),
        servers.redis.kill('SIGKILL'),
        pause(stack.process('tickets-1'), LONG_PAUSE_MS),
      ]);
    },
  },
];
