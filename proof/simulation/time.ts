import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Random } from './random.ts';
import { currentProcess } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';

/** The time at which every run begins. */
const START = Date.UTC(2027, 0, 1);

let owner: { scheduler: Scheduler; chances: Random } | undefined;

/** Makes the clocks, timers and `Math.random` of all code in this process those of a run. */
export const useClockOf = (scheduler: Scheduler, chances: Random): void => {
  owner = { scheduler, chances };
};

/** The time by the clock of the current simulated process. */
export const shownTime = (): number => START + (owner?.scheduler.now ?? 0) + (currentProcess()?.skewMs ?? 0);

const RealDate = Date;
const real = { setTimeout, clearTimeout, random: Math.random };

class SimulatedDate extends RealDate {
  constructor(...args: [] | [number | string]) {
    super(args[0] ?? SimulatedDate.now());
  }
  static override now(): number {
    return owner ? shownTime() : RealDate.now();
  }
}

function startTimer(act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) {
  if (!owner) return real.setTimeout(act, ms, ...args);
  const bound = AsyncLocalStorage.bind(act);
  const { cancel } = owner.scheduler.after(ms, () => {
    bound(...args);
  });
  const timer = { cancel, ref: () => timer, unref: () => timer, hasRef: () => true };
  return timer;
}

function stopTimer(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'cancel' in timer) (timer as { cancel: () => void }).cancel();
  else real.clearTimeout(timer as NodeJS.Timeout);
}

function delay<T>(ms?: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stopTimer(timer);
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    const timer = startTimer(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value as T);
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Replaces the clocks and timers of this process. They show the real time until `useClockOf` is called. */
export function replaceClocks(): void {
  Object.assign(globalThis, { Date: SimulatedDate, setTimeout: startTimer, clearTimeout: stopTimer });
  Math.random = () => owner?.chances.next() ?? real.random();
  timersPromises.setTimeout = delay as typeof timersPromises.setTimeout;
  timersPromises.setImmediate = <T>(value?: T) => delay(0, value);
  syncBuiltinESMExports();
}
