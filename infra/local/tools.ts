import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Where programs go that were built here. */
const binFolder = path.join(root, '.ticketing/bin');

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
    return true;
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
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => process.off('exit', kill));
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${path.basename(command)} ${args.join(' ')} failed (${String(code)}):\n${tail}`);
  }
  return output;
}

/**
 * The path of what `build` makes at `.ticketing/bin/<name>`, building it only if it isn't there or is older than one of
 * `sources`. It is built in a folder of its own and then moved, so that two that build at once, or one that is
 * interrupted, leave nothing half made.
 */
export async function built(
  name: string,
  sources: string[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const finished = path.join(binFolder, name);
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  const isFresh = () => existsSync(finished) && statSync(finished).mtimeMs > newest;
  if (isFresh()) return finished;
  await mkdir(binFolder, { recursive: true });
  const folder = await mkdtemp(path.join(binFolder, '.building-'));
  try {
    await build(folder);
    if (existsSync(finished)) await rm(finished, { recursive: true });
    await rename(folder, finished);
  } catch (error) {
    // Somebody else may have finished it meanwhile.
    if (!isFresh()) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return finished;
}

/** True if `.ticketing/bin/<name>` has been built. */
export const isBuilt = (name: string): boolean => existsSync(path.join(binFolder, name));
