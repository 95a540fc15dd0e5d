import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Service } from '../services.ts';
import { mongoServices, services } from '../services.ts';
import type { Command } from '../stack/control.ts';
import { sendCommand } from '../stack/control.ts';
import type { ProcessRecord, StackRecord } from '../stack/record.ts';
import { isRunning, readRecord } from '../stack/record.ts';
import type { ProcessStatus } from '../stack/status.ts';
import { statusOf } from '../stack/status.ts';
import type { BusFault } from './armed-faults.ts';
import { armBusFault, armedBusFaults, disarmBusFaults } from './armed-faults.ts';

/** A fault of the payment sandbox, as its README describes it. */
export type ProviderFault = { operation: string; fault: string; times: number | 'until-cleared'; delayMs?: number };

/** The running marketplace, as the lab acts on it. Every function throws when the marketplace is not running. */
export interface Market {
  /** Where visitors reach it. */
  url(): string;
  processes(): Promise<ProcessStatus[]>;
  /** Sends a signal from outside: the supervisor restarts what ends by it. Throws when the process is down. */
  signal(name: string, signal: NodeJS.Signals): void;
  /** Starts a process, or stops it and leaves it stopped. Resolves when it is ready or has ended. */
  control(action: Command['action'], name: string): Promise<void>;
  /** Has the next message of an event that a service receives meet a fault. */
  armBusFault(service: string, event: string, fault: BusFault): Promise<void>;
  injectProviderFault(fault: ProviderFault): Promise<void>;
  clearProviderFaults(): Promise<void>;
  /** Moves the clocks of all services forward, by `ms` more than now. */
  advanceClocks(ms: number): Promise<void>;
  /** Has every service publish the state of all that has changed in the last day again. Resolves to how many documents. */
  resync(): Promise<number>;
  /** The faults that are in force, or wait for their message, each in a few words. */
  inForce(): Promise<string[]>;
  /** Ends all faults: what is paused goes on, the provider is well, nothing is armed, the clocks are right. */
  heal(): Promise<void>;
  /** The same, and restarts the services without what the lab has added. */
  leave(): Promise<void>;
}

const DAY_MS = 86_400_000;
const clockModule = new URL('../../proof/processes/shifted-clock.ts', import.meta.url).href;
const busModule = new URL('preload.ts', import.meta.url);

/**
 * Opens the marketplace of a folder for faults. Faults of the bus and of the clock need modules in the services' processes: the
 * first of them restarts these with the modules preloaded.
 */
export function openMarket(folder: string): Market {
  const labFolder = path.join(folder, 'lab');
  const shifts = path.join(labFolder, 'clock-shifts.json');
  let shiftMs = 0;
  /** The start of the marketplace whose services have the modules. */
  let prepared: { startedAt: string; done: Promise<void> } | undefined;

  mkdirSync(labFolder, { recursive: true, mode: 0o700 });
  // A lab that was killed may have left some.
  disarmBusFaults(labFolder);
  writeFileSync(shifts, '{}');

  function running(): StackRecord {
    const record = readRecord(folder);
    if (!record || !isRunning(record.supervisor))
      throw new Error('The marketplace is not running: make start starts it.');
    return record;
  }

  function find(name: string): ProcessRecord {
    const one = running().processes.find((process) => process.name === name);
    if (!one) throw new Error(`There is no process ${name}.`);
    return one;
  }

  const ofServices = () => running().processes.filter(({ service }) => services.includes(service as Service));

  async function command(one: Command): Promise<void> {
    const { ok, message } = await sendCommand(folder, one);
    if (!ok) throw new Error(message);
  }

  function resume(): void {
    for (const one of running().processes) if (isRunning(one)) signal(one, 'SIGCONT');
  }

  /** Restarts all services with other variables. `between` is called while none of them runs. */
  async function restartServices(env: Record<string, string>, between: () => void): Promise<void> {
    // A paused process would not stop before it is killed.
    resume();
    const names = ofServices().map(({ name }) => name);
    await Promise.all(names.map((name) => command({ action: 'stop', name })));
    between();
    await Promise.all(names.map((name) => command({ action: 'start', name, env })));
  }

  function modules(): Record<string, string> {
    busModule.searchParams.set('folder', labFolder);
    return { NODE_OPTIONS: `--import=${clockModule} --import=${busModule.href}`, CLOCK_SHIFTS: shifts };
  }

  async function prepare(): Promise<void> {
    const { startedAt } = running();
    if (prepared?.startedAt !== startedAt) {
      prepared = { startedAt, done: restartServices(modules(), resetClocks) };
    }
    try {
      await prepared.done;
    } catch (error) {
      prepared = undefined;
      throw error;
    }
  }

  function shiftClocks(ms: number): void {
    shiftMs = ms;
    writeFileSync(shifts, JSON.stringify(Object.fromEntries(ofServices().map(({ name }) => [name, ms]))));
  }

  const resetClocks = () => {
    shiftClocks(0);
  };

  const sandbox = async (method: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${find('sandbox').url}/sandbox/faults`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(3000),
    });
    if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`);
    return response.json();
  };

  async function providerFaults(): Promise<string[]> {
    try {
      const { faults } = (await sandbox('GET')) as {
        faults: { fault: string; operation: string; remaining: unknown }[];
      };
      return faults
        .filter(({ remaining }) => remaining !== 0)
        .map(({ fault, operation }) => `payment provider, ${operation}: ${fault}`);
    } catch {
      // It is down, paused, or not part of this marketplace, which may use Stripe.
      return [];
    }
  }

  async function endOtherFaults(): Promise<void> {
    resume();
    disarmBusFaults(labFolder);
    // Its faults are in memory: one that is down has none.
    await sandbox('DELETE').catch(() => undefined);
  }

  return {
    url: () => running().url,
    processes: () => statusOf(running().processes),
    signal(name, wanted) {
      const one = find(name);
      if (!isRunning(one)) throw new Error(`${name} is down.`);
      signal(one, wanted);
    },
    control: (action, name) =>
      command(action === 'start' && prepared ? { action, name, env: modules() } : { action, name }),
    async armBusFault(service, event, fault) {
      await prepare();
      armBusFault(labFolder, service, event, fault);
    },
    async injectProviderFault(fault) {
      await sandbox('POST', fault);
    },
    async clearProviderFaults() {
      await sandbox('DELETE');
    },
    async advanceClocks(ms) {
      await prepare();
      shiftClocks(shiftMs + ms);
    },
    async resync() {
      const since = new Date(Date.now() - DAY_MS).toISOString();
      const first = ofServices().filter(({ name, service }) => name === `${service}-1`);
      const counts = await Promise.all(
        first
          .filter(({ service }) => mongoServices.includes(service as Service))
          .map(async ({ name, adminUrl }) => {
            const response = await fetch(`${adminUrl}/resync?since=${since}`, { method: 'POST' });
            if (!response.ok) throw new Error(`${name} answered ${response.status}.`);
            return ((await response.json()) as { republished: number }).republished;
          }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async inForce() {
      const provider = await providerFaults();
      const clock = shiftMs === 0 ? [] : [`clocks of all services: ${shiftMs / 60_000} minutes ahead`];
      return [...armedBusFaults(labFolder).map((one) => `next message, ${one}`), ...provider, ...clock];
    },
    async heal() {
      await endOtherFaults();
      // Only at a restart: what a running process has noted would lie in the future.
      if (shiftMs !== 0) await restartServices(modules(), resetClocks);
    },
    async leave() {
      await endOtherFaults();
      if (prepared?.startedAt === running().startedAt) await restartServices({}, resetClocks);
      prepared = undefined;
    },
  };
}

function signal({ pid }: ProcessRecord, name: NodeJS.Signals): void {
  if (pid !== null) process.kill(pid, name);
}
