import { createConnection, set as setMongoose } from 'mongoose';
import type { Connection, Model, mongo } from 'mongoose';
import type { Logger } from './logging.ts';
import { backoff, shared } from './time.ts';

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

/**
 * The driver's own collection of a model, for what is done all the time with what was checked when it came in: Mongoose
 * takes longer to look at such an operation than the store to do it.
 */
export const driverCollection = <D extends { _id: string }>(model: Model<D>) =>
  model.collection as unknown as mongo.Collection<D>;

const readers = new WeakMap<object, (id: string) => Promise<unknown>>();

/**
 * A document by its id, without its outbox, or null. Those who ask for the same at one time share an answer, which is
 * never from before they asked: a thousand buyers of one ticket cost the store a few reads.
 */
export function findShared<D extends { _id: string }>(model: Model<D>, id: string): Promise<Omit<D, 'outbox'> | null> {
  const reader =
    readers.get(model) ??
    shared((key) =>
      driverCollection<{ _id: string }>(model as never).findOne({ _id: key }, { projection: { outbox: 0 } }),
    );
  readers.set(model, reader);
  return reader(id) as Promise<Omit<D, 'outbox'> | null>;
}

/** Resolves when the store answers; rejects when it does not. */
export async function pingStore(connection: Connection): Promise<void> {
  await connection.db?.admin().ping();
}
