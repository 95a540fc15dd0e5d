import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isListening } from './ports.ts';
import type { ProcessRecord } from './record.ts';
import { isRunning } from './record.ts';

/** Paused: by SIGSTOP, until SIGCONT. */
export type ProcessState = 'ready' | 'not ready' | 'paused' | 'down';

export type ProcessStatus = Pick<ProcessRecord, 'name' | 'service'> & {
  /** Undefined while it is down. */
  pid: number | undefined;
  /** Where it is reached, without a login. */
  url: string;
  state: ProcessState;
  /** Its resident memory; 0 while it is down, and where there is no /proc. */
  megabytes: number;
};

/** The state and memory of processes of the stack, in the order of the records. A process that doesn't respond takes three seconds. */
export const statusOf = (records: readonly ProcessRecord[]): Promise<ProcessStatus[]> =>
  Promise.all(
    records.map(async (one) => {
      const pid = isRunning(one) ? (one.pid ?? undefined) : undefined;
      return {
        ...{ name: one.name, service: one.service, pid },
        url: one.url.replace(/\/\/[^@/]*@/, '//'),
        state: pid === undefined ? 'down' : isPaused(pid) ? 'paused' : (await isReady(one)) ? 'ready' : 'not ready',
        megabytes: pid === undefined ? 0 : megabytes(pid),
      };
    }),
  );

async function isReady(one: ProcessRecord): Promise<boolean> {
  if (!one.url.startsWith('http:') || one.service === 'router') return isListening(one.port);
  try {
    // The admin port of the pages has metrics alone.
    const url = one.service === 'client' ? one.url : one.adminUrl;
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
}

/** Whether a process is stopped by a signal, which is its state T. */
function isPaused(pid: number): boolean {
  try {
    if (process.platform === 'linux') return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .startsWith('T');
  } catch {
    return false;
  }
}

function megabytes(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return 0;
  }
}
