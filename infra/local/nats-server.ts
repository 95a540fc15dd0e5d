import path from 'node:path';
import { busLogins, jetStreamConf } from '../../scripts/bus-rights.ts';
import { goProgram } from './go-program.ts';
import type { GoProgram } from './go-program.ts';
import type { Backing, Env } from './tools.ts';
import { root } from './tools.ts';

export const natsServerProgram: GoProgram = {
  title: 'NATS',
  command: 'nats-server',
  version: '2.15.3',
  folder: 'nats-server',
  module: 'github.com/nats-io/nats-server/v2',
};

/** The arguments of a NATS server with JetStream: its port on 127.0.0.1, and its data. */
export const natsServerArgs = (port: number, folder: string): string[] => [
  ...['-c', path.join(root, 'infra/local/nats-server/local.conf')],
  ...['-a', '127.0.0.1', '-p', String(port), '-sd', folder],
];

/** Finds NATS with JetStream: NATS_URL, `nats-server` on the PATH, else a build of its Go module. Throws where it can't be built. */
export async function natsServer(env: Env): Promise<Backing> {
  const url = env['NATS_URL'];
  if (url) return { source: 'NATS_URL', url };
  const { source, binary } = await goProgram(natsServerProgram, env);
  return {
    source,
    launch: (port, folder) => ({
      command: binary,
      // Beside the folder of NATS Streaming, which would take a folder in its own for a channel.
      args: natsServerArgs(port, `${folder}-jetstream`),
      env: { GOMAXPROCS: '1' },
      url: `nats://127.0.0.1:${port}`,
      readyLine: /Server is ready/,
    }),
    logins: busLogins(jetStreamConf({ operator: true })),
  };
}

if (import.meta.main) console.log((await goProgram(natsServerProgram, process.env)).binary);
