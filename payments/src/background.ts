import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ticketing/runtime';

const STOP_LIMIT_MS = 3000;

/** Tasks that continue after their messages are acknowledged, so that a slow provider does not block the bus. */
export interface BackgroundTasks {
  /** Tracks a running task. A failure is logged. */
  start(task: Promise<unknown>): void;
  /** Resolves when the running tasks have ended. */
  whenIdle(): Promise<unknown>;
  /** Waits up to 3 s for running tasks, so that a hanging provider does not block the shutdown: unfinished payments are due again later. */
  stop(): Promise<void>;
}

/** Creates an empty set of tasks. */
export function createBackgroundTasks(log: Logger): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  return {
    start(task) {
      const tracked = task
        .catch((error: unknown) => {
          // The payment is due again when its lease expires.
          log.warn({ err: error }, 'a payment could not be advanced; it will be retried');
        })
        .finally(() => running.delete(tracked));
      running.add(tracked);
    },
    whenIdle: () => Promise.all(running),
    async stop() {
      await Promise.race([this.whenIdle(), delay(STOP_LIMIT_MS, undefined, { ref: false })]);
    },
  };
}
