import { deadLetterId, describeError } from '@ticketing/common';
import type { DeadLetter, DeadLetters } from '@ticketing/common';
import type { Timers } from './timers.ts';

const KEY = 'dead-letters';

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
    list: async () => Object.values(await redis.hgetall(KEY)).map((letter) => JSON.parse(letter) as DeadLetter),
    async remove(id) {
      await redis.hdel(KEY, id);
    },
  };
}
