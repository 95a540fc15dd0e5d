/** Runs the tasks of one key one after another, and those of different keys side by side. */
export interface KeyedQueue {
  /** Resolves or rejects as the task does, which runs after those of the same key, whether or not they succeeded. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  has(key: string): boolean;
  /** Resolves when nothing is left to run. */
  whenIdle(): Promise<void>;
}

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
