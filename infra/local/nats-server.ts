import path from 'node:path';
import { dataFolder } from './data-folder.ts';
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

/** The variables of cluster.conf for one server, from 1 on: its name, its port for the others, and where each of them is. */
const routes = (node: number, ports: readonly number[], login: string): Env => ({
  ...{ NATS_NODE: `nats-${node}`, NATS_ROUTE_PORT: String(ports[node - 1]) },
  ...Object.fromEntries(ports.map((port, of) => [`NATS_ROUTE_${of + 1}`, `nats-route://${login}@127.0.0.1:${port}`])),
});

/**
 * Finds NATS with JetStream: NATS_URL, else `nats-server` on the PATH or a build of its Go module, as one server or, with several
 * nodes, as a cluster. Throws where it can't be built.
 */
export async function natsServer(env: Env, nodes = 1): Promise<Backing> {
  const url = env['NATS_URL'];
  if (url) return { source: 'NATS_URL', url };
  const { source, binary } = await goProgram(natsServerProgram, env);
  return {
    source: nodes === 1 ? source : `${source}, a cluster of ${nodes}`,
    launch: (port, folder, node = 1) => ({
      command: binary,
      // Beside the folder of NATS Streaming, which would take a folder in its own for a channel.
      args: natsServerArgs(port, dataFolder(`${folder}-jetstream`, 'NATS_NODES', nodes, node)),
      env: { GOMAXPROCS: '1' },
      url: `nats://127.0.0.1:${port}`,
      // A cluster answers nothing about streams until it has elected a leader for them.
      readyLine: nodes === 1 ? /Server is ready/ : /(?<!no )metadata leader/,
    }),
    ...(nodes > 1 && { cluster: { nodes, routes } }),
  };
}

if (import.meta.main) console.log((await goProgram(natsServerProgram, process.env)).binary);
