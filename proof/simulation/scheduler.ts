import { AsyncLocalStorage } from 'node:async_hooks';
import type { Random } from './random.ts';

/** A process of a service, from its start to its end. What it has not done by then never happens. */
export interface Process {
  /** Such as `orders-1`. */
  name: string;
  service: string;
  alive: boolean;
  /** How far its clock is ahead; negative if it is behind. */
  skewMs: number;
}

interface Task {
  at: number;
  order: number;
  /** The process that it belongs to; it is skipped if that has ended. */
  owner: Process | undefined;
  act: () => void;
  cancelled: boolean;
}

export interface Scheduler {
  /** Milliseconds since the run began. */
  readonly now: number;
  readonly steps: number;
  /** Calls `act` after `ms`. It belongs to the current process unless `owner` is given. */
  after: (ms: number, act: () => void, owner?: Process | null) => { cancel: () => void };
  sleep: (ms: number) => Promise<void>;
  /**
   * A call to another party: after a latency it arrives and acts, after another its response arrives. A call of a process
   * that has crashed since then may or may not act, and its response is dropped.
   */
  call<T>(
    act: () => T | Promise<T>,
    latency: () => number,
    around?: { before?: () => void; after?: () => void },
  ): Promise<T>;
  /** Runs the tasks one after another in the order of their times, until `done` or until none is left. */
  run: (done: () => boolean) => Promise<void>;
}

const processes = new AsyncLocalStorage<Process | undefined>();

/** The process that the calling code belongs to; undefined outside of all processes. */
export const currentProcess = (): Process | undefined => processes.getStore();

/** Runs `work`, and everything it awaits, as part of a process. */
export const inProcess = <T>(process: Process | undefined, work: () => T): T => processes.run(process, work);

// The simulated clock replaces the global ones.
const { setImmediate: afterMicrotasks } = globalThis;

/** Owns the clock: runs one task at a time, and all microtasks that it queues before the next. */
export function createScheduler(chances: Random): Scheduler {
  /** Sorted by time, the next one last. */
  const tasks: Task[] = [];
  let now = 0;
  let order = 0;
  let steps = 0;

  function put(task: Task): void {
    let from = 0;
    let to = tasks.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = tasks[middle];
      // Tasks of the same time run in the order in which they were added.
      if (other && (other.at > task.at || (other.at === task.at && other.order < task.order))) from = middle + 1;
      else to = middle;
    }
    tasks.splice(from, 0, task);
  }

  function after(ms: number, act: () => void, owner: Process | null | undefined = currentProcess()) {
    const task: Task = { at: now + Math.max(0, ms), order: order++, owner: owner ?? undefined, act, cancelled: false };
    put(task);
    return {
      cancel() {
        task.cancelled = true;
      },
    };
  }

  return {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    after,
    sleep: (ms) =>
      new Promise((resolve) => {
        after(ms, resolve);
      }),
    call(request, latency, { before, after: afterwards } = {}) {
      const owner = currentProcess();
      const act = AsyncLocalStorage.bind(request);
      return new Promise((resolve, reject) => {
        const arrive = () => {
          before?.();
          if (owner?.alive === false && chances.chance(0.5)) return;
          let respond: () => void;
          try {
            const result = act();
            respond = () => {
              resolve(result);
            };
          } catch (error) {
            respond = () => {
              reject(error instanceof Error ? error : new Error(String(error)));
            };
          }
          afterwards?.();
          after(latency(), respond, owner ?? null);
        };
        after(latency(), arrive, null);
      });
    },
    async run(done) {
      while (!done()) {
        const task = tasks.pop();
        if (task === undefined) return;
        if (task.cancelled || task.owner?.alive === false) continue;
        now = Math.max(now, task.at);
        steps++;
        task.act();
        await new Promise((resolve) => afterMicrotasks(resolve));
      }
    },
  };
}
