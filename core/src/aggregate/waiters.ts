import { setTimeout as delay } from 'node:timers/promises';

/** A waiter also polls, for changes that another instance has saved: first after this long, then twice as long each time. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 250;

export interface Waiters<T> {
  /** Tells the waiters for this document what this instance has just saved. */
  saved(id: string, value: T): void;
  /**
   * Waits up to `limitMs` for a value that is ready: what is known or read at the start, what this instance saves, or what is found by
   * polling. Resolves to it or, at the limit, to the value read last.
   */
  waitUntil(
    id: string,
    source: { read: () => Promise<T>; known?: T | undefined },
    isReady: (value: T) => boolean,
    limitMs: number,
  ): Promise<T>;
}

/** Lets requests wait for a document that another service's event is about to change. */
export function createWaiters<T>(): Waiters<T> {
  const waiting = new Map<string, Set<(value: T) => void>>();

  return {
    saved(id, value) {
      for (const tell of waiting.get(id) ?? []) tell(value);
    },
    async waitUntil(id, { read, known }, isReady, limitMs) {
      const deadline = Date.now() + limitMs;
      const told = Promise.withResolvers<{ value: T }>();
      const tell = (value: T) => {
        if (isReady(value)) told.resolve({ value });
      };
      // Before the first read, so that no change is missed.
      const waiters = waiting.get(id) ?? new Set();
      waiting.set(id, waiters.add(tell));
      const cancel = new AbortController();
      try {
        let value = known ?? (await read());
        for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, MAX_POLL_MS)) {
          const leftMs = deadline - Date.now();
          if (leftMs <= 0 || isReady(value)) return value;
          const polled = delay(Math.min(pollMs, leftMs), undefined, { signal: cancel.signal });
          const saved = await Promise.race([told.promise, polled]);
          if (saved) return saved.value;
          value = await read();
        }
      } finally {
        cancel.abort();
        waiters.delete(tell);
        if (waiters.size === 0) waiting.delete(id);
      }
    },
  };
}
