import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsServer } from '../../infra/local/nats-server.ts';
import { passwordVariable } from '../../scripts/bus-rights.ts';
import type { Service } from '../../scripts/services.ts';
import { manage } from '../../scripts/stack/managed-process.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { backingSpecs } from '../../scripts/stack/system.ts';
import { consumedEvents } from './consumed-events.ts';

const taken = new Set<number>();

/** Starts NATS with JetStream, with a user for each service, as `make start` does. Throws when it can't be built or does not start. */
export async function startJetStream(folder: string) {
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  const { NATS_URL: _, ...env } = process.env;
  const found = await natsServer(env);
  const config = { folder, env: { ...env, BUS: 'jetstream' }, port: () => freePort(taken) };
  const [spec] = 'launch' in found ? await backingSpecs(config, 'nats', found) : [];
  if (!spec) throw new Error('There is no program of JetStream to start.');
  const supervision = { restartAfterMs: () => undefined, log: () => undefined, changed: () => undefined };
  const server = manage(spec, supervision);
  process.once('exit', server.destroy);
  await server.start();
  const login = (user: Service | 'operator') => ({ user, pass: spec.env[passwordVariable(user)] ?? '' });

  return {
    /** The settings with which a service uses it. */
    settings(service: Service) {
      const { user, pass } = login(service);
      return { BUS: 'jetstream', NATS_REPLICAS: '1', NATS_URL: `nats://${user}:${pass}@127.0.0.1:${spec.port}` };
    },
    /** What each group has not received or not acknowledged yet, a line each. */
    async unconsumed(): Promise<string[]> {
      const connection = await connect({ servers: `127.0.0.1:${spec.port}`, ...login('operator') });
      try {
        const { consumers } = await jetstreamManager(connection);
        const groups = Object.entries(consumedEvents).flatMap(([service, events]) =>
          events.map((event) => ({ service, event })),
        );
        const lines = groups.map(async ({ service, event }) => {
          const [noun = '', action = ''] = event.split(':');
          const group = await consumers.info(noun, `${service}_${action}`);
          const waiting = group.num_pending + group.num_ack_pending;
          return waiting === 0 ? [] : [`${waiting} times ${event} for ${service}`];
        });
        return (await Promise.all(lines)).flat();
      } finally {
        await connection.close();
      }
    },
    async stop(): Promise<void> {
      process.off('exit', server.destroy);
      await server.stop();
    },
  };
}
