import path from 'node:path';
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

const localConf = path.join(root, 'infra/local/nats-server/local.conf');

/** The arguments of a NATS server with JetStream: its port on 127.0.0.1, and its data. */
export const natsServerArgs = (port: number, folder: string): string[] => [
  ...['-c', localConf],
  ...['-a', '127.0.0.1', '-p', String(port), '-sd', folder],
];

/** A configuration in `folder` that adds users to that of `natsServerArgs`: each with the variable that has its password. */
export const natsServerConf = (folder: string, users: Readonly<Record<string, string>>): string =>
  [
    // Relative, because the server joins it with the folder.
    `include ${JSON.stringify(path.relative(folder, localConf))}`,
    'authorization { users: [',
    ...Object.entries(users).map(([user, variable]) => `  { user: ${user}, password: $${variable} }`),
    '] }',
    '',
  ].join('\n');

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
  };
}

if (import.meta.main) console.log((await goProgram(natsServerProgram, process.env)).binary);
