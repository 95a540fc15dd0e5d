// Cached counts of the tickets that a restriction of the list leaves.
//
// Trade-off: a count is up to a minute old. It decides by which index a page is read, never what is on it.
import { LRUCache } from 'lru-cache';

const MAX_AGE_MS = 60_000;
const MAX_COUNTS = 1000;

/** Returns a function that calls `count` when there is no count for its key, or only one that is over a minute old. */
export function cachedCounts(now: () => number): (key: string, count: () => Promise<number>) => Promise<number> {
  const cached = new LRUCache<string, { at: number; count: Promise<number> }>({ max: MAX_COUNTS });
  return (key, count) => {
    const last = cached.get(key);
    if (last !== undefined && now() - last.at < MAX_AGE_MS) return last.count;
    const current = { at: now(), count: count() };
    cached.set(key, current);
    current.count.catch(() => {
      if (cached.get(key) === current) cached.delete(key);
    });
    return current.count;
  };
}
