import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { busServer } from '../../infra/local/bus.ts';
import { mongodb } from '../../infra/local/mongod.ts';
import { redis } from '../../infra/local/redis.ts';
import type { Backing } from '../../infra/local/tools.ts';
import { services } from '../../scripts/services.ts';
import { startStack } from '../../scripts/stack.ts';
import type { Stack } from '../../scripts/stack.ts';
import { manage } from '../../scripts/stack/managed-process.ts';
import type { ManagedProcess } from '../../scripts/stack/managed-process.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { backingSpecs, defaultNodeFlags } from '../../scripts/stack/system.ts';
import type { BackingName, StackConfig } from '../../scripts/stack/system.ts';
import { startProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { replicaSet } from './replica-set.ts';
import type { ReplicaSet } from './replica-set.ts';
import { tapBus } from './tap.ts';
import type { Tap } from './tap.ts';

export const HOLD_SECONDS = 6;
const CLUSTER_ID = 'ticketing';
const MONGO_NODES = 3;

export interface Marketplace {
  stack: Stack;
  /** The servers behind the services, and the proxies in front of them. */
  servers: { mongodb: ReplicaSet; nats: ManagedProcess; redis: ManagedProcess };
  proxies: Record<BackingName, Proxy>;
  tap: Tap;
  /** Shifts the clocks of a service's processes by `ms`, which may be negative. */
  shiftClock: (service: string, ms: number) => void;
  /** Deletes the data of the bus, which must be stopped. */
  wipeBus: () => void;
  end: () => Promise<void>;
}

/**
 * Starts the whole stack with two instances of each service and a replica set of MongoDB, its servers behind proxies that can
 * be cut. Throws when a part fails to start; nothing is left running.
 */
export async function startMarketplace(folder: string): Promise<Marketplace> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const taken = new Set<number>();
  const config: StackConfig = { folder, env: process.env, port: () => freePort(taken) };
  const started: ManagedProcess[] = [];
  const opened: Proxy[] = [];
  const shifts = path.join(folder, 'clock-shifts.json');

  async function end(stack?: Stack): Promise<void> {
    await stack?.stop();
    for (const proxy of opened) proxy.close();
    await Promise.all(started.map((server) => server.stop()));
  }

  /** Starts a server, and a proxy to each of its nodes. `url` leads through them. */
  async function startServer(name: BackingName, backing: Backing) {
    if (!('launch' in backing))
      throw new Error(
        `The proof injects faults into its servers: it must start ${name} itself, so its URL must not be set.`,
      );
    const supervision = { restartAfterMs: () => 1000, log: () => undefined, changed: () => undefined };
    const [first, ...others] = (await backingSpecs(config, name, backing)).map((spec) => manage(spec, supervision));
    if (!first) throw new Error(`${name} has no process.`);
    const nodes = [first, ...others];
    started.push(...nodes);
    await Promise.all(nodes.map((one) => one.start()));
    const proxy = await startProxy(nodes.map(({ port }) => port));
    opened.push(proxy);
    // The nodes reach each other through the proxies too, because drivers are told the addresses that nodes know.
    await backing.cluster?.form?.(proxy.ports);
    const url = backing.cluster?.url?.(proxy.ports) ?? first.url.replace(String(first.port), String(proxy.ports[0]));
    return { first, nodes, proxy, url };
  }

  try {
    const mongo = await startServer('mongodb', await mongodb(process.env, MONGO_NODES));
    const bus = await startServer('nats', await busServer(process.env, CLUSTER_ID));
    const cache = await startServer('redis', await redis(process.env));
    const servers = { mongodb: replicaSet(mongo.nodes), nats: bus.first, redis: cache.first };
    const stack = await startStack({
      folder,
      client: false,
      processes: Object.fromEntries(services.map((service) => [service, 2])),
      restartAfterSeconds: 1,
      env: {
        ...{ MONGO_URL: mongo.url, NATS_URL: bus.url, REDIS_URL: cache.url },
        HOLD_SECONDS: String(HOLD_SECONDS),
        RATE_LIMITS: 'off',
        MAX_LIVE_HOLDS: '100000',
        HOLD_PAUSE_SECONDS: '0',
        LOG_LEVEL: 'warn',
        CLOCK_SHIFTS: shifts,
        NODE_FLAGS: `${defaultNodeFlags} --import=${new URL('shifted-clock.ts', import.meta.url).href}`,
      },
    });
    const tap = await tapBus(servers, stack);
    return {
      ...{ stack, tap, servers },
      proxies: { mongodb: mongo.proxy, nats: bus.proxy, redis: cache.proxy },
      shiftClock(service, ms) {
        writeFileSync(shifts, JSON.stringify({ [`${service}-1`]: ms, [`${service}-2`]: ms }));
      },
      wipeBus() {
        for (const name of ['nats', 'nats-jetstream'])
          rmSync(path.join(folder, 'data', name), { recursive: true, force: true });
        mkdirSync(path.join(folder, 'data/nats'), { recursive: true });
        tap.forget();
      },
      async end() {
        await tap.close();
        await end(stack);
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
