import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { visitors } from '../e2e/support/http.ts';
import { goProgram } from '../infra/local/go-program.ts';
import { mongodBinary } from '../infra/local/mongod.ts';
import { natsServerProgram } from '../infra/local/nats-server.ts';
import { natsStreamingBinary } from '../infra/local/nats-streaming.ts';
import { root, run } from '../infra/local/tools.ts';
import { services } from '../scripts/services.ts';
import { startStack } from '../scripts/stack.ts';
import { processesSetting } from '../scripts/stack/config.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { readRecord } from '../scripts/stack/record.ts';
import type { ProcessRecord, StackRecord } from '../scripts/stack/record.ts';

/**
 * A marketplace of any version, measured from outside: over HTTP through its router, and by the counters of its processes
 * and servers. What is compared with another commit uses nothing else.
 */
export interface Candidate {
  /** `this checkout`, what it differs in, or the commit. */
  name: string;
  url: string;
  processes: () => readonly ProcessRecord[];
  /** The process of this name, such as `orders-2` or `nats`. Throws if there is none. */
  process: (name: string) => ProcessRecord;
  bus: Bus;
  /** The address of the bus's counters. */
  busMonitor: string;
  /** Session cookies. */
  seller: string;
  buyers: readonly string[];
  stop: () => Promise<void>;
}

export interface CandidateOptions {
  /** How many processes each service has. */
  processes?: number;
  /** The bus; NATS Streaming if absent. */
  bus?: Bus;
  /** Settings of all processes. */
  env?: Record<string, string>;
}

/** The buses that a marketplace can have: the values of BUS. */
export type Bus = 'nats-streaming' | 'jetstream';

/** At most this many buyers buy at once. */
export const BUYERS = 32;
const FOLDER = path.join(root, '.ticketing/bench');

/** Starts this checkout with its own data and ports. Throws, leaving nothing running, when a part fails. */
export async function startThisCheckout(name: string, options: CandidateOptions = {}): Promise<Candidate> {
  const folder = path.join(FOLDER, name.replaceAll(/[^a-z0-9]+/gi, '-'));
  rmSync(folder, { recursive: true, force: true });
  const env = await settingsOf(options);
  const stack = await startStack({ folder, env });
  const recorded = () => readRecord(folder);
  return withVisitors(name, options, env, recorded, async () => {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

/**
 * Starts another commit of this repository: a clone of it, with its own packages, by its own `make start`. The clone is
 * kept for the next run. Throws when there is no such commit, or when it does not start.
 */
export async function startCommit(commit: string, options: CandidateOptions = {}): Promise<Candidate> {
  const folder = await cloned(commit);
  const stackFolder = path.join(folder, '.ticketing');
  const recorded = () => readRecord(stackFolder);
  // A benchmark that was killed may have left it running.
  if (recorded()) await run('make', ['stop'], { cwd: folder, env: withoutMake });
  for (const name of ['data', 'logs']) rmSync(path.join(stackFolder, name), { recursive: true, force: true });

  const env = await settingsOf(options);
  const logFile = `${folder}.log`;
  const log = openSync(logFile, 'w');
  const child = spawn('make', ['start'], {
    cwd: folder,
    env: Object.fromEntries(Object.entries({ ...process.env, ...withoutMake, ...env }).filter(([, value]) => value)),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const stop = stopper(child, recorded);
  process.once('exit', () => {
    signal(child, recorded());
  });
  try {
    await untilReady(child, logFile);
    return await withVisitors(commit, options, env, recorded, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Variables by which make and npm would pass on how this program was started. */
const withoutMake = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(?:npm_.*|MAKE.*|MFLAGS|NODE_OPTIONS)$/.test(name))
    .map((name) => [name, undefined]),
);

const taken = new Set<number>();

/** The settings that are the same for every candidate, and its own ports. An empty one takes a variable away. */
async function settingsOf({ processes = 1, bus = 'nats-streaming', env = {} }: CandidateOptions) {
  const mongod = await mongodBinary(process.env);
  const nats = await (bus === 'jetstream'
    ? goProgram(natsServerProgram, process.env)
    : natsStreamingBinary(process.env));
  return {
    PATH: `${serversFolder(mongod.binary)}${path.delimiter}${process.env['PATH'] ?? ''}`,
    BUS: bus,
    NATS_BINARY: nats.binary,
    NATS_MONITOR_PORT: String(await freePort(taken)),
    ROUTER_PORT: String(await freePort(taken)),
    ...Object.fromEntries(services.map((service) => [processesSetting(service), String(processes)])),
    ...{ RATE_LIMITS: 'off', HOLD_PAUSE_SECONDS: '0', DEMO_DATA: 'off', FOLLOW: 'off' },
    // Each starts servers of its own.
    ...{ MONGO_URL: '', NATS_URL: '', NATS_NODES: '', REDIS_URL: '', STRIPE_SECRET_KEY: '' },
    ...env,
  } satisfies Record<string, string>;
}

/** A folder for the PATH: the same mongod for all, and the bus, which also serves its counters. */
function serversFolder(mongod: string): string {
  const folder = path.join(FOLDER, 'servers');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(mongod, path.join(folder, 'mongod'));
  for (const name of ['nats-streaming-server', natsServerProgram.command])
    writeFileSync(path.join(folder, name), '#!/bin/sh\nexec "$NATS_BINARY" -m "$NATS_MONITOR_PORT" "$@"\n', {
      mode: 0o755,
    });
  return folder;
}

/** The clone of a commit in the temporary folder, made now if need be. Throws when there is no such commit. */
async function cloned(commit: string): Promise<string> {
  const sha = (await run('git', ['rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`])).trim();
  // Outside of this checkout: what is missing in its packages must not be found in ours. Its own for each checkout, because a
  // clone runs one marketplace at a time.
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const parent = path.join(tmpdir(), `ticketing-bench-${userInfo().username}`, checkout);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = path.join(parent, sha.slice(0, 12));
  if (!existsSync(path.join(folder, 'Makefile'))) {
    rmSync(folder, { recursive: true, force: true });
    await run('git', ['clone', '--quiet', '--no-checkout', root, folder]);
    await run('git', ['-C', folder, 'checkout', '--quiet', '--detach', sha]);
  }
  return folder;
}

const START_LIMIT_MS = 15 * 60_000;

/** Waits for the line that ends a start. Installing packages and building take minutes the first time. */
async function untilReady(child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  const output = () => readFileSync(logFile, 'utf8');
  while (!output().includes('The marketplace is ready at')) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline)
      throw new Error(`make start did not succeed (${logFile}):\n${output().trim().split('\n').slice(-8).join('\n')}`);
    await delay(200);
  }
}

/** Asks the supervisor to stop everything or, before there is one, make. */
function signal(child: ChildProcess, record: StackRecord | undefined): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    process.kill(record?.supervisor.pid ?? -child.pid, 'SIGTERM');
  } catch {
    // It ended by itself just now.
  }
}

function stopper(child: ChildProcess, recorded: () => StackRecord | undefined): () => Promise<void> {
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  return async () => {
    signal(child, recorded());
    await ended;
  };
}

async function withVisitors(
  name: string,
  { bus = 'nats-streaming' }: CandidateOptions,
  env: Record<string, string>,
  recorded: () => StackRecord | undefined,
  stop: () => Promise<void>,
): Promise<Candidate> {
  const url = `http://127.0.0.1:${env['ROUTER_PORT'] ?? ''}`;
  const processes = () => recorded()?.processes ?? [];
  try {
    const { signUp } = visitors(url);
    const cookies: string[] = [];
    // Hashing a password keeps a core busy.
    while (cookies.length <= BUYERS) cookies.push((await signUp()).cookie);
    const [seller = '', ...buyers] = cookies;
    return {
      ...{ name, url, processes, bus, seller, buyers, stop },
      busMonitor: `http://127.0.0.1:${env['NATS_MONITOR_PORT'] ?? ''}`,
      process(wanted) {
        const found = processes().find((one) => one.name === wanted);
        if (!found) throw new Error(`${name} has no process ${wanted}`);
        return found;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
