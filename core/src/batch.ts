import { setImmediate as turn } from 'node:timers/promises';

/** Two turns of the event loop, in which callers that have just been answered make their next calls. */
const twoTurns = () => turn().then(() => turn());

/**
 * Batches concurrent calls: items that arrive while a batch runs, or during the pause before one, are passed to `work`
 * together. A caller never joins a batch that has already started. The pause is given the size of the last batch.
 */
export function batched<T, R>(
  work: (items: T[]) => Promise<R>,
  pause: (lastSize: number) => Promise<unknown> = twoTurns,
): (item: T) => Promise<R> {
  let running: Promise<unknown> = Promise.resolve();
  let lastSize = 0;
  let next: { items: T[]; result: Promise<R> } | undefined;
  return (item) => {
    if (next === undefined) {
      const items: T[] = [];
      const gathered = running.then(() => pause(lastSize));
      const result = gathered.then(() => {
        next = undefined;
        lastSize = items.length;
        return work(items);
      });
      running = result.catch(() => undefined);
      next = { items, result };
    }
    next.items.push(item);
    return next.result;
  };
}

/** Coalesces reads by key: concurrent calls with the same key share one read, and no call joins a read that has already started. */
export function coalesced<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const readers = new Map<string, { read: (caller: undefined) => Promise<T>; callers: number }>();
  return async (key) => {
    const reader = readers.get(key) ?? { read: batched(() => read(key)), callers: 0 };
    readers.set(key, reader);
    reader.callers++;
    try {
      return await reader.read(undefined);
    } finally {
      if (--reader.callers === 0) readers.delete(key);
    }
  };
}
