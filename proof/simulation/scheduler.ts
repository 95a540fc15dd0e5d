import { AsyncLocalStorage } from 'node:async_hooks';
import type { Random } from './random.ts';

/** A process of a service, from its start to its crash: all it has in hand dies with it. */
export interface Process {
  /** Such as `orders-1`. */
  name: string;
  service: string;
  alive: boolean;
  /** How far its clock is ahead. */
  skewMs: number;
}

interface Task {
  at: number;
  turn: number;
  /** Whose it is: nothing of a dead process happens any more. */
  owner: Process | undefined;
  act: () => void;
  cancelled: boolean;
}

export interface Scheduler {
  /** Milliseconds since the run began. */
  readonly now: number;
  readonly steps: number;
  /** Has `act` happen after `ms`; unless told whose it is, it belongs to whoever asks. */
  after: (ms: number, act: () => void, owner?: Process | null) => { cancel: () => void };
  sleep: (ms: number) => Promise<void>;
  /**
   * A call to another party: it reaches it after a while, acts there at once, and the answer takes a while. A call of a
   * process that crashed meanwhile acts or not; its answer is never heard.
   */
  call<T>(
    act: () => T | Promise<T>,
    latency: () => number,
    around?: { before?: () => void; after?: () => void },
  ): Promise<T>;
  /** Does one thing after another in the order of their times until `done`, or until nothing is left to do. */
  run: (done: () => boolean) => Promise<void>;
}

const processes = new AsyncLocalStorage<Process | undefined>();

/** The process on whose behalf the code that asks is running; undefined for the world outside. */
export const currentProcess = (): Process | undefined => processes.getStore();

/** Runs `work`, and all it awaits, on behalf of a process. */
export const inProcess = <T>(process: Process | undefined, work: () => T): T => processes.run(process, work);

// The simulated clock replaces the global ones.
const { setImmediate: afterMicrotasks } = globalThis;

/** Owns time: nothing happens but one task at a time, and all that it sets off has come to rest before the next. */
export function createScheduler(chances: Random): Scheduler {
  /** The next one last. */
  const tasks: Task[] = [];
  let now = 0;
  let turn = 0;
  let steps = 0;

  function put(task: Task): void {
    let from = 0;
    let to = tasks.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = tasks[middle];
      // Of those due at the same time the one that came first goes first.
      if (other && (other.at > task.at || (other.at === task.at && other.turn < task.turn))) from = middle + 1;
      else to = middle;
    }
    tasks.splice(from, 0, task);
  }

  function after(ms: number, act: () => void, owner: Process | null | undefined = currentProcess()) {
    const task: Task = { at: now + Math.max(0, ms), turn: turn++, owner: owner ?? undefined, act, cancelled: false };
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
    call(given, latency, { before, after: afterwards } = {}) {
      const owner = currentProcess();
      const act = AsyncLocalStorage.bind(given);
      return new Promise((resolve, reject) => {
        const arrive = () => {
          before?.();
          if (owner?.alive === false && chances.chance(0.5)) return;
          let answer: () => void;
          try {
            const result = act();
            answer = () => {
              resolve(result);
            };
          } catch (error) {
            answer = () => {
              reject(error instanceof Error ? error : new Error(String(error)));
            };
          }
          afterwards?.();
          after(latency(), answer, owner ?? null);
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
