import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mongodb } from '../../infra/local/mongod.ts';
import { natsStreaming } from '../../infra/local/nats-streaming.ts';
import { redis } from '../../infra/local/redis.ts';
import { services } from '../../scripts/services.ts';
import { startStack } from '../../scripts/stack.ts';
import type { Stack } from '../../scripts/stack.ts';
import { manage } from '../../scripts/stack/managed-process.ts';
import type { ManagedProcess } from '../../scripts/stack/managed-process.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { backingNames, backingSpec, defaultNodeFlags } from '../../scripts/stack/system.ts';
import type { BackingName, StackConfig } from '../../scripts/stack/system.ts';
import { startProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { tapBus } from './tap.ts';
import type { Tap } from './tap.ts';

export const HOLD_SECONDS = 6;
const CLUSTER_ID = 'ticketing';

export interface Marketplace {
  stack: Stack;
  /** The servers behind the services, and the proxies in front of them. */
  servers: Record<BackingName, ManagedProcess>;
  proxies: Record<BackingName, Proxy>;
  tap: Tap;
  /** Shifts the clocks of a service's processes by `ms`, which may be negative. */
  shiftClock: (service: string, ms: number) => void;
  /** Deletes the data of the bus, which must be stopped. */
  wipeBus: () => void;
  end: () => Promise<void>;
}

/** Starts the whole stack with two instances of each service, its servers behind proxies that can be cut. */
export async function startMarketplace(folder: string): Promise<Marketplace> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const taken = new Set<number>();
  const config: StackConfig = { folder, env: process.env, port: () => freePort(taken) };
  const backings = {
    mongodb: await mongodb(process.env),
    nats: await natsStreaming(process.env, CLUSTER_ID),
    redis: await redis(process.env),
  };
  const servers: Partial<Record<BackingName, ManagedProcess>> = {};
  const proxies: Partial<Record<BackingName, Proxy>> = {};
  const env: Record<string, string> = {};
  const shifts = path.join(folder, 'clock-shifts.json');

  async function end(stack?: Stack): Promise<void> {
    await stack?.stop();
    for (const proxy of Object.values(proxies)) proxy.close();
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }

  try {
    for (const name of backingNames) {
      const backing = backings[name];
      if (!('launch' in backing))
        throw new Error(
          `The proof injects faults into its servers: it must start ${name} itself, so its URL must not be set.`,
        );
      const spec = await backingSpec(config, name, backing);
      const server = manage(spec, { restartAfterMs: () => 1000, log: () => undefined, changed: () => undefined });
      servers[name] = server;
      await server.start();
      const proxy = await startProxy(server.port);
      proxies[name] = proxy;
      env[{ mongodb: 'MONGO_URL', nats: 'NATS_URL', redis: 'REDIS_URL' }[name]] = server.url.replace(
        String(server.port),
        String(proxy.port),
      );
    }
    const stack = await startStack({
      folder,
      client: false,
      processes: Object.fromEntries(services.map((service) => [service, 2])),
      restartAfterSeconds: 1,
      env: {
        ...env,
        HOLD_SECONDS: String(HOLD_SECONDS),
        RATE_LIMITS: 'off',
        MAX_LIVE_HOLDS: '100000',
        LOG_LEVEL: 'warn',
        CLOCK_SHIFTS: shifts,
        NODE_FLAGS: `${defaultNodeFlags} --import=${new URL('shifted-clock.ts', import.meta.url).href}`,
      },
    });
    const tap = await tapBus(servers as Record<BackingName, ManagedProcess>, stack);
    return {
      stack,
      tap,
      servers: servers as Record<BackingName, ManagedProcess>,
      proxies: proxies as Record<BackingName, Proxy>,
      shiftClock(service, ms) {
        writeFileSync(shifts, JSON.stringify({ [`${service}-1`]: ms, [`${service}-2`]: ms }));
      },
      wipeBus() {
        rmSync(path.join(folder, 'data/nats'), { recursive: true, force: true });
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
