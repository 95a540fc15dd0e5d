import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf } from '../../infra/local/process-identity.ts';
import type { Env } from '../../infra/local/tools.ts';
import type { ProcessRecord } from './record.ts';

export type ProcessSpec = {
  /** Unique in the stack, such as `orders-2`. */
  name: string;
  /** The service that it runs, such as `orders`. */
  service: string;
  command: string;
  args: string[];
  env: Env;
  url: string;
  /** Where it answers probes and operators; its `url` where it has no port for that. */
  adminUrl: string;
  port: number;
  /** Standard output and error are appended to it. */
  logFile: string;
  /** Polled until it is true; `output` is what the process has printed since its start. */
  isReady: (output: () => string) => Promise<boolean>;
  readyWithinMs: number;
};

export type Supervision = {
  /** The delay of a restart after some deaths soon after a start; undefined: no restart. */
  restartAfterMs: (quickDeaths: number) => number | undefined;
  /** Receives readable messages about the process. */
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Called after every change of its process id. */
  changed: () => void;
};

/** One process of the stack, kept running until it is stopped. */
export type ManagedProcess = {
  readonly name: string;
  readonly service: string;
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly logFile: string;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /**
   * Starts it unless it runs, and resolves when it is ready. Rejects with its last lines when it does not become ready. `added`
   * variables are also in its environment when it is restarted, until a start with others.
   */
  start: (added?: Record<string, string>) => Promise<void>;
  /** Stops it and leaves it stopped: SIGTERM, and SIGKILL after 10 s. Resolves with how it ended. */
  stop: () => Promise<Ending | undefined>;
  /** Sends a signal as if from outside: if it ends, it is restarted. After SIGKILL, resolves when it has ended. */
  kill: (signal: NodeJS.Signals) => Promise<void>;
  isReady: () => Promise<boolean>;
  record: () => ProcessRecord;
  /** Kills it at once, without a restart: for a sudden end of the supervisor. */
  destroy: () => void;
};

export type Ending = { code: number | null; signal: NodeJS.Signals | null };

const GRACE_MS = 10_000;
const QUICK_DEATH_MS = 10_000;

/** Puts a process under supervision; it isn't started yet. */
export function manage(spec: ProcessSpec, supervision: Supervision): ManagedProcess {
  const { name, service, url, adminUrl, port, logFile } = spec;
  let child: ChildProcess | undefined;
  /** Why a process does not exist, of which the log has nothing. */
  const failures = new WeakMap<ChildProcess, Error>();
  let ended: Promise<Ending> | undefined;
  let identity: string | null = null;
  let wanted = false;
  let quickDeaths = 0;
  let logStart = 0;
  let restart: NodeJS.Timeout | undefined;
  let env = spec.env;

  const output = () => readFileSync(logFile).subarray(logStart).toString();
  const lastLines = () => output().trim().split('\n').slice(-5).join('\n');

  function launch(): ChildProcess {
    const log = openSync(logFile, 'a', 0o600);
    logStart = fstatSync(log).size;
    const startedAt = Date.now();
    // In a process group of its own: Ctrl-C in a terminal reaches only the supervisor, which stops things in order.
    const launched = spawn(spec.command, spec.args, { env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    child = launched;
    identity = launched.pid === undefined ? null : identityOf(launched.pid);
    ended = new Promise((resolve) => {
      const end = (ending: Ending, reason: string) => {
        if (child === launched) child = undefined;
        supervision.changed();
        resolve(ending);
        if (wanted) startAgain(reason, Date.now() - startedAt);
      };
      launched.once('error', (error) => {
        if (launched.pid === undefined) failures.set(launched, error);
        end({ code: null, signal: null }, error.message);
      });
      launched.once('exit', (code, signal) => {
        end({ code, signal }, signal ? `was ended by ${signal}` : `ended with exit code ${String(code)}`);
      });
    });
    supervision.changed();
    return launched;
  }

  function startAgain(reason: string, lifeMs: number): void {
    quickDeaths = lifeMs < QUICK_DEATH_MS ? quickDeaths + 1 : 0;
    const delay = supervision.restartAfterMs(quickDeaths);
    if (delay === undefined) return;
    supervision.log('warn', `${name} ${reason}; starting it again in ${delay / 1000} s`);
    restart = setTimeout(() => {
      const relaunched = launch();
      void untilReady(relaunched).then(
        () => {
          supervision.log('info', `${name} is back (pid ${String(relaunched.pid)})`);
        },
        (error: unknown) => {
          // A death is reported when it happens.
          if (child === relaunched) supervision.log('error', (error as Error).message);
        },
      );
    }, delay);
  }

  async function untilReady(starting: ChildProcess): Promise<void> {
    const deadline = Date.now() + spec.readyWithinMs;
    while (!(await spec.isReady(output))) {
      const failure = failures.get(starting);
      if (failure) throw new Error(`${name} could not be started: ${failure.message}`);
      if (child !== starting) throw new Error(`${name} ended before it was ready (${logFile}):\n${lastLines()}`);
      if (Date.now() > deadline) {
        throw new Error(`${name} was not ready within ${spec.readyWithinMs / 1000} s (${logFile}):\n${lastLines()}`);
      }
      await sleep(50);
    }
  }

  function signal(name: NodeJS.Signals, group = false): void {
    if (child?.pid === undefined) return;
    try {
      process.kill(group ? -child.pid : child.pid, name);
    } catch {
      // It ended by itself just now.
    }
  }

  return {
    name,
    service,
    url,
    adminUrl,
    port,
    logFile,
    get pid() {
      return child?.pid;
    },
    async start(added) {
      if (added) env = { ...spec.env, ...added };
      wanted = true;
      clearTimeout(restart);
      await untilReady(child ?? launch());
    },
    async stop() {
      wanted = false;
      quickDeaths = 0;
      clearTimeout(restart);
      if (!child) return undefined;
      signal('SIGTERM');
      const force = setTimeout(() => {
        supervision.log('warn', `${name} did not stop within ${GRACE_MS / 1000} s; killing it`);
        signal('SIGKILL', true);
      }, GRACE_MS);
      const ending = await ended;
      clearTimeout(force);
      return ending;
    },
    async kill(name) {
      const dying = ended;
      signal(name);
      if (name === 'SIGKILL') await dying;
    },
    isReady: async () => child !== undefined && spec.isReady(output),
    record: () => ({
      ...{ name, service, pid: child?.pid ?? null, identity: child ? identity : null },
      ...{ url, adminUrl, port, logFile },
    }),
    destroy() {
      wanted = false;
      clearTimeout(restart);
      signal('SIGKILL', true);
    },
  };
}
