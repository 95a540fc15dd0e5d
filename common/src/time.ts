import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from './logging.ts';

/** Waits 100 ms, 200 ms, 400 ms, … for attempt 0, 1, 2, …, at most `maxMs`, with up to 50 % taken off at random. */
export async function backoff(
  attempt: number,
  { maxMs, baseMs = 100, signal }: { maxMs: number; baseMs?: number; signal?: AbortSignal },
) {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 20));
  await delay(full * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
}

/**
 * Reads until `done` is content or `limitMs` is over, and gives what was read last. For what another service's event is
 * about to bring: a request that comes a few milliseconds before it need not fail.
 */
export async function readUntil<T>(read: () => Promise<T>, done: (value: T) => boolean, limitMs: number): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (done(value) || Date.now() >= deadline) return value;
    await delay(25);
  }
}

/** Does `work` every `ms`, one time after another, until stopped; a failure is logged and the next time comes all the same. */
export function every(ms: number, work: () => Promise<unknown>, log: Logger): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    for (;;) {
      await delay(ms, undefined, { signal: stopping.signal, ref: false });
      await work().catch((error: unknown) => {
        log.warn({ err: error }, 'periodic work failed; trying again');
      });
    }
  })().catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Two turns of the event loop, in which those come back who have just been answered. */
const twoTurns = () => turn().then(() => turn());

/**
 * Gathers what is asked for while `work` is under way, and during a pause after that: it goes together into the next call. The
 * pause is told how many went into the last one. Nobody gets an answer that was under way before they asked.
 */
export function batched<T, R>(
  work: (items: T[]) => Promise<R>,
  pause: (last: number) => Promise<unknown> = twoTurns,
): (item: T) => Promise<R> {
  let underWay: Promise<unknown> = Promise.resolve();
  let last = 0;
  let next: { items: T[]; result: Promise<R> } | undefined;
  return (item) => {
    if (next === undefined) {
      const items: T[] = [];
      const gathered = underWay.then(() => pause(last));
      const result = gathered.then(() => {
        next = undefined;
        last = items.length;
        return work(items);
      });
      underWay = result.catch(() => undefined);
      next = { items, result };
    }
    next.items.push(item);
    return next.result;
  };
}

/** Reads by a key; those who ask for the same at one time share an answer, which is never from before they asked. */
export function shared<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const readers = new Map<string, { ask: (asker: undefined) => Promise<T>; askers: number }>();
  return async (key) => {
    const reader = readers.get(key) ?? { ask: batched(() => read(key)), askers: 0 };
    readers.set(key, reader);
    reader.askers++;
    try {
      return await reader.ask(undefined);
    } finally {
      if (--reader.askers === 0) readers.delete(key);
    }
  };
}
