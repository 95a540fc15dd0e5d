import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ticketing/common';

const STOP_LIMIT_MS = 3000;

/** Work that goes on beside the messages that caused it: a slow provider must not hold up the bus. */
export interface BackgroundTasks {
  start(task: Promise<unknown>): void;
  whenIdle(): Promise<unknown>;
  /** Waits for running tasks, but not for a provider that hangs: unfinished payments are due again later. */
  stop(): Promise<void>;
}

export function createBackgroundTasks(log: Logger): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  return {
    start(task) {
      const tracked = task
        .catch((error: unknown) => {
          // It is due again when its lease expires.
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
