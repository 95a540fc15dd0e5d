import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { digestOfAll, ensureBuilt, isComplete, removeAbandoned, removeIfDamaged } from './artifact.ts';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Where programs go that were built here. */
const binFolder = path.join(root, '.ticketing/bin');
const asidePrefix = '.building-';

export type Env = Readonly<Record<string, string | undefined>>;

/** A server's program and how to run it; `readyLine` is what it prints when it can be used. */
export type Launch = { command: string; args: string[]; env?: Env; url: string; readyLine: RegExp };

/**
 * Where a backing server comes from: one that runs already, or a program to be run at a port of 127.0.0.1 with its data
 * in `folder`. `took` says in a few words which it is.
 */
export type Backing =
  { took: string; url: string } | { took: string; launch: (port: number, folder: string) => Launch };

/** The path of a program that the PATH has, or undefined. */
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

/** Runs a program to its end, no longer than this process, and returns what it printed; throws with its last lines when it fails. */
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

/** Installs Debian packages, all at once; false where that can't be done: without root, or without apt. */
export async function aptInstall(packages: readonly string[], env: Env = process.env): Promise<boolean> {
  if (process.getuid?.() !== 0 || !onPath('apt-get', env)) return false;
  process.stderr.write(`installing ${packages.join(', ')} with apt\n`);
  // An installation that was interrupted keeps every later one from beginning until it is finished.
  const install = 'dpkg --configure -a && apt-get update -q && apt-get install -qy --no-install-recommends "$@"';
  await run('sh', ['-c', install, 'sh', ...packages], {
    // Packages of servers would start one of their own; those that are needed here have their own data and ports.
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  return true;
}

/** The path of what `build` makes at `.ticketing/bin/<name>`, built if it isn't whole or `sources` have changed. */
export async function built(
  name: string,
  sources: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const artifact = program(name, sources);
  await ensureBuilt({ ...artifact, build });
  return artifact.folder;
}

/** True if `built` would have nothing to do. */
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

/** Removes, of the programs that were built here, those that are not what was built, byte for byte. */
export async function removeDamagedPrograms(): Promise<void> {
  if (!existsSync(binFolder)) return;
  await removeAbandoned(binFolder, asidePrefix);
  for (const name of readdirSync(binFolder))
    if (!name.startsWith(asidePrefix)) await removeIfDamaged(path.join(binFolder, name));
}
