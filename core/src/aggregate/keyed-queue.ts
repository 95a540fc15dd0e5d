/** Runs tasks of the same key in order, and tasks of different keys concurrently. */
export interface KeyedQueue {
  /** Runs a task after the earlier ones of its key, whether or not they succeeded. Resolves or rejects as the task does. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Whether a task of this key is queued or running. */
  has(key: string): boolean;
  /** Resolves when all queues are empty. */
  whenIdle(): Promise<void>;
}

/** Creates an empty queue. */
export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, task) {
      const result = (tails.get(key) ?? Promise.resolve()).then(task);
      const tail: Promise<unknown> = result
        .catch(() => undefined)
        .then(() => {
          if (tails.get(key) === tail) tails.delete(key);
        });
      tails.set(key, tail);
      return result;
    },
    has: (key) => tails.has(key),
    async whenIdle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
