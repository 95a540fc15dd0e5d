import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createConnection } from 'mongoose';
import { onPath } from '../infra/local/tools.ts';
import type { Candidate } from './candidate.ts';
import type { Round } from './harness.ts';

/** The unit of CPU time in /proc, which is the same on every Linux. */
const TICKS_A_SECOND = 100;

/**
 * The CPU time in seconds that these processes and their descendants have used, as far as they still run or were waited for. NaN
 * where there is no /proc.
 */
export function cpuSeconds(pids: readonly (number | null | undefined)[]): number {
  if (!existsSync('/proc/self/stat')) return NaN;
  const counted = new Set(pids);
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => statOf(pid));
  // A descendant may come before its parent.
  let size = 0;
  while (size !== counted.size) {
    size = counted.size;
    for (const { pid, parent } of all) if (counted.has(parent)) counted.add(pid);
  }
  const ticks = all.filter(({ pid }) => counted.has(pid)).reduce((sum, one) => sum + one.ticks, 0);
  return ticks / TICKS_A_SECOND;
}

/** A process's parent and its CPU time, with that of the children that it has waited for; nothing if it has ended. */
function statOf(pid: number): { pid: number; parent: number; ticks: number }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before these fields may contain spaces and parentheses.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return [{ pid, parent, ticks: fields.slice(11, 15).reduce((sum, value) => sum + value, 0) }];
  } catch {
    return [];
  }
}

/**
 * The memory of a process in MB, of shared libraries too: `VmRSS` is what it has now, `VmHWM` the most that it has had since its start. NaN
 * where there is no /proc.
 */
export function memoryMb(pid: number | null | undefined, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const file = `/proc/${String(pid)}/status`;
  if (!existsSync(file)) return NaN;
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** The CPU time in seconds of all processes of a marketplace, its servers included. */
export const cpuOf = (candidate: Candidate): number => cpuSeconds(candidate.processes().map(({ pid }) => pid));

interface ServerStatus {
  metrics: {
    document: Record<'inserted' | 'updated' | 'deleted', number>;
    commands: Record<string, { total?: number } | undefined>;
  };
}

/** What a bus has done since its start: the events that it has stored, and their deliveries. */
interface BusStatus {
  events: number;
  deliveries: number;
}

/** The counters of JetStream, of which only these are read. */
interface JetStreamStatus {
  account_details?: {
    stream_detail?: {
      state: { last_seq: number };
      consumer_detail?: { delivered: { consumer_seq: number } }[];
    }[];
  }[];
}

/** What a marketplace has done since its start, read from outside. */
export interface Counters {
  read: () => Promise<Round>;
  close: () => Promise<void>;
}

/** Connects to the servers of a marketplace. The caller closes it. */
export async function openCounters(candidate: Candidate): Promise<Counters> {
  const { url } = candidate.process('mongodb');
  const connection = await createConnection(url).asPromise();
  const admin = connection.getClient().db('admin');
  const redis = new Redis(candidate.process('redis').url);
  const sandboxLog = candidate.process('sandbox').logFile;
  const sum = (commands: ServerStatus['metrics']['commands'], names: string[]) =>
    names.reduce((total, name) => total + (commands[name]?.total ?? 0), 0);
  return {
    async read() {
      const { metrics } = (await admin.command({ serverStatus: 1 })) as unknown as ServerStatus;
      const { inserted, updated, deleted } = metrics.document;
      const bus = await busStatus(candidate);
      const [, commands] = /^total_commands_processed:(\d+)/m.exec(await redis.info('stats')) ?? [];
      return {
        'documents written': inserted + updated + deleted,
        'write commands': sum(metrics.commands, ['insert', 'update', 'delete', 'findAndModify']),
        'read commands': sum(metrics.commands, ['find', 'getMore', 'aggregate', 'count', 'distinct']),
        ...bus,
        'calls to the provider': readFileSync(sandboxLog, 'utf8').match(/"path":"\/v1\//g)?.length ?? 0,
        'Redis commands': Number(commands),
        'CPU ms': cpuOf(candidate) * 1000,
      };
    },
    async close() {
      redis.disconnect();
      await connection.close();
    },
  };
}

async function busStatus({ bus, busMonitor }: Candidate): Promise<BusStatus> {
  const response = await fetch(
    busMonitor + (bus === 'jetstream' ? '/jsz?accounts=true&streams=true&consumers=true' : '/streaming/serverz'),
  );
  if (!response.ok) throw new Error(`the bus's monitoring answered ${response.status}`);
  if (bus === 'nats-streaming') {
    const { total_msgs: events, out_msgs: deliveries } = (await response.json()) as Record<string, number>;
    return { events: events ?? NaN, deliveries: deliveries ?? NaN };
  }
  const { account_details: accounts = [] } = (await response.json()) as JetStreamStatus;
  const streams = accounts.flatMap(({ stream_detail: ofAccount = [] }) => ofAccount);
  const consumers = streams.flatMap(({ consumer_detail: ofStream = [] }) => ofStream);
  return {
    events: streams.reduce((sum, { state }) => sum + state.last_seq, 0),
    deliveries: consumers.reduce((sum, { delivered }) => sum + delivered.consumer_seq, 0),
  };
}

const QUIET_MS = 500;
const QUIET_LIMIT_MS = 120_000;

/** Waits until the bus has delivered nothing for half a second. Throws after 2 minutes. */
export async function untilQuiet(candidate: Candidate): Promise<void> {
  const deadline = Date.now() + QUIET_LIMIT_MS;
  let last = -1;
  for (;;) {
    const { deliveries } = await busStatus(candidate);
    if (deliveries === last) return;
    if (Date.now() > deadline) throw new Error(`the bus of ${candidate.name} was not quiet within 2 minutes`);
    last = deliveries;
    await delay(QUIET_MS);
  }
}

/**
 * Counts how often a process syncs files to the disk, until the function that it resolves with is called, which resolves with
 * the count. Both resolve with undefined where strace is missing or may not attach.
 */
export async function countSyncs(pid: number): Promise<() => Promise<number | undefined>> {
  if (!onPath('strace')) return () => Promise.resolve(undefined);
  const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-syncs-'));
  const file = path.join(folder, 'syncs');
  const args = ['-f', '-c', '-e', 'trace=fsync,fdatasync', '-o', file, '-p', String(pid)];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<undefined>((resolve) => {
    tracer.once('close', () => {
      resolve(undefined);
    });
  });
  // It prints a line as soon as it has attached, or why it can't.
  const line = new Promise<string>((resolve) => {
    tracer.stderr.once('data', (data: Buffer) => {
      resolve(data.toString());
    });
  });
  const hasAttached = (await Promise.race([line, ended]))?.includes('attached') ?? false;
  return async () => {
    tracer.kill('SIGINT');
    await ended;
    const calls = hasAttached ? callsIn(readFileSync(file, { encoding: 'utf8', flag: 'a+' })) : undefined;
    rmSync(folder, { recursive: true });
    return calls;
  };
}

/** The calls that fsync and fdatasync have in a summary by strace, which is empty where there were none. */
export const callsIn = (summary: string): number =>
  [...summary.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*\b(?:fsync|fdatasync)$/gm)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
