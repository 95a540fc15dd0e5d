import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ticketing/common';

const STOP_LIMIT_MS = 3000;

/** Work that goes on beside the messages that caused it: a slow provider must not hold up the bus. */
export interface Settler {
  start(work: Promise<unknown>): void;
  /** Waits for what is under way, but not for a provider that hangs: what is left over is due again later. */
  stop(): Promise<void>;
}

export function createSettler(log: Logger): Settler {
  const underWay = new Set<Promise<unknown>>();
  return {
    start(work) {
      const tracked = work
        .catch((error: unknown) => {
          // It is due again when its lease is over.
          log.warn({ err: error }, 'a payment could not be settled; trying again later');
        })
        .finally(() => underWay.delete(tracked));
      underWay.add(tracked);
    },
    async stop() {
      await Promise.race([Promise.all(underWay), delay(STOP_LIMIT_MS, undefined, { ref: false })]);
    },
  };
}
