import { unavailable } from '@ticketing/common';

/** Limits the uploads at once: each takes memory until it is saved. */
export type Uploads = <T>(userId: string, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  userId: string;
  begin: () => void;
}

/**
 * At most `total` uploads run at once, and at most `perUser` of one user, so that nobody can block all others. The rest wait, at most
 * `waiting` of them and no longer than `waitMs`; then they get a 503.
 */
export function createUploads({ total = 3, perUser = 2, waiting = 200, waitMs = 20_000 } = {}): Uploads {
  const running = new Map<string, number>();
  const queue: Waiting[] = [];
  let count = 0;
  const busy = () => unavailable('busy', 'Too many uploads at once. Try again in a moment.');
  const mayBegin = (userId: string) => count < total && (running.get(userId) ?? 0) < perUser;

  function add(userId: string, change: 1 | -1): void {
    count += change;
    const left = (running.get(userId) ?? 0) + change;
    if (left > 0) running.set(userId, left);
    else running.delete(userId);
  }

  function beginNext(): void {
    const index = queue.findIndex(({ userId }) => mayBegin(userId));
    if (index !== -1) queue.splice(index, 1)[0]?.begin();
  }

  function turn(userId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(entry), 1);
        reject(busy());
      }, waitMs);
      const entry = {
        userId,
        begin() {
          clearTimeout(timer);
          add(userId, 1);
          resolve();
        },
      };
      queue.push(entry);
    });
  }

  return async (userId, work) => {
    if (mayBegin(userId)) add(userId, 1);
    else if (queue.length < waiting) await turn(userId);
    else throw busy();
    try {
      return await work();
    } finally {
      add(userId, -1);
      beginNext();
    }
  };
}
