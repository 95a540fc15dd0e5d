import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf } from '../../infra/local/process-identity.ts';

/** A process as `stack.json` names it. `identity` tells it from a later process that was given the same id. */
export type ProcessRecord = {
  name: string;
  service: string;
  pid: number | null;
  identity: string | null;
  url: string;
  adminUrl: string;
  port: number;
  logFile: string;
};

/** The content of `stack.json`: the running system, by which scripts find its parts and the next start finds leftovers. */
export type StackRecord = {
  url: string;
  supervisor: { pid: number; identity: string | null };
  startedAt: string;
  processes: ProcessRecord[];
};

const fileIn = (folder: string): string => path.join(folder, 'stack.json');

/** Replaces `stack.json` atomically: a reader sees the old one or the new one, never a part. */
export function writeRecord(folder: string, record: StackRecord): void {
  const file = fileIn(folder);
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Deletes `stack.json`. */
export function removeRecord(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** The stack that runs in this folder, or did when its supervisor was killed; undefined if there is none. */
export function readRecord(folder: string): StackRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as StackRecord;
  } catch {
    return undefined;
  }
}

/** True if this very process still runs, not just some process with its id. */
export const isRunning = ({ pid, identity }: Pick<ProcessRecord, 'pid' | 'identity'>): boolean =>
  pid !== null && identity !== null && identityOf(pid) === identity;

/**
 * Stops what a killed supervisor left behind, one group of services after the other: SIGTERM for each process that is
 * still the recorded one, SIGKILL for those that have not ended after `graceMs`. Returns their names.
 */
export async function stopLeftovers(
  { processes }: Pick<StackRecord, 'processes'>,
  order: readonly (readonly string[])[],
  graceMs = 10_000,
): Promise<string[]> {
  const leftovers = processes.filter(isRunning);
  for (const group of order) {
    const members = leftovers.filter(({ service }) => group.includes(service));
    for (const one of members) signal(one, 'SIGTERM');
    const deadline = Date.now() + graceMs;
    while (members.some(isRunning) && Date.now() < deadline) await sleep(50);
    for (const one of members.filter(isRunning)) signal(one, 'SIGKILL');
    while (members.some(isRunning)) await sleep(50);
  }
  return leftovers.map(({ name }) => name);
}

function signal({ pid }: ProcessRecord, name: NodeJS.Signals): void {
  try {
    if (pid !== null) process.kill(pid, name);
  } catch {
    // It ended by itself just now.
  }
}
