import { deadLetterId } from '@ticketing/core';
import type { DeadLetter, DeadLetterCursor, DeadLetters } from '@ticketing/core';
import { describeError } from '@ticketing/runtime';
import type { Timers } from './timers.ts';

const KEY = 'dead-letters';

const isOlder = (a: DeadLetterCursor, b: DeadLetterCursor): boolean =>
  a.lastAt < b.lastAt || (a.lastAt === b.lastAt && a.id < b.id);

/** Stores dead letters in a Redis hash. */
export function redisDeadLetters(redis: Timers['redis']): DeadLetters {
  const get = async (id: string): Promise<DeadLetter | null> => {
    const found = await redis.hget(KEY, id);
    return found === null ? null : (JSON.parse(found) as DeadLetter);
  };
  return {
    get,
    async add(subject, raw, error) {
      const id = deadLetterId(subject, raw);
      const now = new Date().toISOString();
      const before = await get(id);
      const letter: DeadLetter = {
        id,
        subject,
        text: raw.toString('utf8'),
        base64: raw.toString('base64'),
        error: describeError(error),
        times: (before?.times ?? 0) + 1,
        firstAt: before?.firstAt ?? now,
        lastAt: now,
      };
      await redis.hset(KEY, id, JSON.stringify(letter));
      return id;
    },
    async page(limit, after) {
      const all = Object.values(await redis.hgetall(KEY)).map((letter) => JSON.parse(letter) as DeadLetter);
      const latestFirst = all.sort((a, b) => (isOlder(a, b) ? 1 : -1));
      return latestFirst.filter((letter) => !after || isOlder(letter, after)).slice(0, limit);
    },
    count: () => redis.hlen(KEY),
    async remove(id) {
      await redis.hdel(KEY, id);
    },
  };
}
