import { setTimeout as delay } from 'node:timers/promises';

/** A waiter also polls, for changes that another instance has saved: first after this long, then twice as long each time. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 250;

export interface Waiters {
  /** Wakes the waiters for this document. */
  wake(id: string): void;
  /** Reads until `isReady`, at each wake-up and by polling, for up to `limitMs`. Resolves to the value read last. */
  waitUntil<T>(id: string, read: () => Promise<T>, isReady: (value: T) => boolean, limitMs: number): Promise<T>;
}

/** Lets requests wait for a document that another service's event is about to change. */
export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<() => void>>();

  return {
    wake(id) {
      for (const wake of waiting.get(id) ?? []) wake();
    },
    async waitUntil(id, read, isReady, limitMs) {
      const deadline = Date.now() + limitMs;
      for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, MAX_POLL_MS)) {
        // Before the read, so that a change during it is not missed.
        const woken = Promise.withResolvers<undefined>();
        const wake = () => {
          woken.resolve(undefined);
        };
        const others = waiting.get(id) ?? new Set();
        waiting.set(id, others.add(wake));
        const cancel = new AbortController();
        try {
          const value = await read();
          const leftMs = deadline - Date.now();
          if (leftMs <= 0 || isReady(value)) return value;
          const polled = delay(Math.min(pollMs, leftMs), undefined, { signal: cancel.signal });
          await Promise.race([woken.promise, polled]);
        } finally {
          cancel.abort();
          others.delete(wake);
          if (others.size === 0) waiting.delete(id);
        }
      }
    },
  };
}
