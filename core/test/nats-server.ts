import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { goProgram } from '../../infra/local/go-program.ts';
import { natsServerArgs, natsServerProgram } from '../../infra/local/nats-server.ts';
import { natsStreamingBinary } from '../../infra/local/nats-streaming.ts';
import { freePort } from './servers.ts';

export const CLUSTER_ID = 'contract';

export type Kind = 'NATS Streaming' | 'NATS JetStream';
/** The setting that names each kind of server. */
export const busOf = { 'NATS Streaming': 'nats-streaming', 'NATS JetStream': 'jetstream' } as const;

const servers = {
  'NATS Streaming': {
    binary: () => natsStreamingBinary(process.env),
    args: (port: number, store: string) => [
      ...['-cid', CLUSTER_ID, '-a', '127.0.0.1', '-p', String(port), '-store', 'file', '-dir', store],
      // A client in a busy process answers late.
      ...['-hbi', '1s', '-hbt', '5s', '-hbf', '2'],
    ],
    readyLine: 'Streaming Server is ready',
  },
  'NATS JetStream': {
    binary: () => goProgram(natsServerProgram, process.env),
    args: natsServerArgs,
    readyLine: 'Server is ready',
  },
};

/** Starts a server of the bus with its store in a temporary folder. It can be killed and restarted, also with other arguments. */
export async function startNats(more: string[] = [], kind: Kind = 'NATS Streaming', env: Record<string, string> = {}) {
  const server = servers[kind];
  const { binary } = await server.binary();
  const folder = await mkdtemp(path.join(tmpdir(), 'nats-'));
  const port = await freePort();
  const store = path.join(folder, 'store');
  let child: ChildProcess | undefined;

  async function start(args = more): Promise<void> {
    const started = spawn(binary, [...server.args(port, store), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      let output = '';
      started.stderr.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
        if (output.includes(server.readyLine)) resolve();
      });
      started.once('error', reject);
      started.once('exit', () => {
        reject(new Error(`${kind} did not start:\n${output}`));
      });
    });
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  }

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    start,
    kill,
    /** Stops it where it is, until it is killed: it keeps its connections and answers nothing. */
    freeze: () => child?.kill('SIGSTOP'),
    /** Deletes its store, like a lost disk; only while it is down. */
    wipe: () => rm(store, { recursive: true, force: true }),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type NatsServer = Awaited<ReturnType<typeof startNats>>;
