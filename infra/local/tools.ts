import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { digestOfAll, ensureArtifact, isComplete, removeAbandoned, removeIfDamaged } from './artifact.ts';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** The folder of programs that were built on this machine. */
const binFolder = path.join(root, '.ticketing/bin');
const asidePrefix = '.building-';

export type Env = Readonly<Record<string, string | undefined>>;

/** How to run a process of a server; `readyLine` matches its output once it is ready. */
export type Launch = { command: string; args: string[]; env?: Env; url: string; readyLine: RegExp };

/** Several processes that form one server. */
export type Cluster = {
  nodes: number;
  /** The URL of the server whose nodes are reached at these ports of 127.0.0.1; if absent, the URLs of all nodes. */
  url?: (ports: readonly number[]) => string;
  /**
   * Makes one server of the running nodes, reached at these ports; absent where the nodes do so themselves. Resolves when it is
   * ready; throws when it does not become so.
   */
  form?: (ports: readonly number[]) => Promise<void>;
  /** The variables by which a node finds the others, where they reach each other at ports and with a login of their own. */
  routes?: (node: number, ports: readonly number[], login: string) => Env;
};

/**
 * A backing server: one that runs already, or a program to launch at a port of 127.0.0.1 with its data in `folder`. Each
 * node of a cluster, from 1 on, is launched with the same folder. `source` describes where it comes from.
 */
export type Backing =
  | { source: string; url: string }
  | { source: string; launch: (port: number, folder: string, node?: number) => Launch; cluster?: Cluster };

/** The path of a program on the PATH, or undefined. */
export function onPath(name: string, env: Env = process.env): string | undefined {
  return (env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Runs a program, which ends with this process at the latest, and returns its output. Throws with its last lines when it fails. */
export async function run(command: string, args: string[], options: { cwd?: string; env?: Env } = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill();
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve(exitCode ?? signal);
    });
  }).finally(() => process.off('exit', kill));
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${path.basename(command)} ${args.join(' ')} failed (${String(code)}):\n${tail}`);
  }
  return output;
}

/** Installs Debian packages; false where that is impossible: without root, or without apt. Throws when apt fails. */
export async function aptInstall(packages: readonly string[], env: Env = process.env): Promise<boolean> {
  if (process.getuid?.() !== 0 || !onPath('apt-get', env)) return false;
  process.stderr.write(`installing ${packages.join(', ')} with apt\n`);
  // An interrupted installation blocks every later one until it is finished.
  const install = 'dpkg --configure -a && apt-get update -q && apt-get install -qy --no-install-recommends "$@"';
  await run('sh', ['-c', install, 'sh', ...packages], {
    // Packages of servers would start one as a daemon; those needed here have their own data and ports.
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  return true;
}

/** Builds `.ticketing/bin/<name>` unless it is intact and from the same `sources`, and returns its path. Throws when the build fails. */
export async function ensureBuilt(
  name: string,
  sources: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const artifact = program(name, sources);
  await ensureArtifact({ ...artifact, build });
  return artifact.folder;
}

/** True if `ensureBuilt` would have nothing to do. */
export function isBuilt(name: string, sources: readonly string[]): boolean {
  const { folder, key } = program(name, sources);
  return isComplete(folder, key);
}

function program(name: string, sources: readonly string[]) {
  const key = digestOfAll(
    root,
    sources.map((file) => path.relative(root, file)),
  );
  return { folder: path.join(binFolder, name), asidePrefix, key, volatile: ['__pycache__'] };
}

/** Removes the programs in which a byte differs from what was built. */
export async function removeDamagedPrograms(): Promise<void> {
  if (!existsSync(binFolder)) return;
  await removeAbandoned(binFolder, asidePrefix);
  for (const name of readdirSync(binFolder))
    if (!name.startsWith(asidePrefix)) await removeIfDamaged(path.join(binFolder, name));
}
