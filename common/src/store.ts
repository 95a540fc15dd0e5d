import { createConnection, set as setMongoose } from 'mongoose';
import type { Connection } from 'mongoose';
import type { Logger } from './logging.ts';
import { backoff } from './time.ts';

// No query may carry an operator that came from outside, even where validation was forgotten.
setMongoose('sanitizeFilter', true);

const TIME_LIMIT_MS = 5000;

/** How every connection of ours is made; a field that is undefined is left out, as in JSON. */
export const storeOptions = {
  bufferCommands: false,
  ignoreUndefined: true,
  serverSelectionTimeoutMS: 3000,
  connectTimeoutMS: 3000,
  socketTimeoutMS: TIME_LIMIT_MS,
  waitQueueTimeoutMS: TIME_LIMIT_MS,
  maxPoolSize: 50,
  minPoolSize: 2,
  writeConcern: { w: 'majority', journal: true },
} as const;

/**
 * Connects to MongoDB, trying again with backoff until it answers. Writes are acknowledged when they are journaled,
 * so that an acknowledged write outlives a crash. An operation that takes over 5 s fails.
 */
export async function connectStore(url: string, log: Logger): Promise<Connection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await createConnection(url, storeOptions).asPromise();
    } catch (error) {
      log.warn({ err: error }, 'MongoDB does not answer; trying again');
      await backoff(attempt, { maxMs: 5000 });
    }
  }
}

/** Resolves when the store answers; rejects when it does not. */
export async function pingStore(connection: Connection): Promise<void> {
  await connection.db?.admin().ping();
}
