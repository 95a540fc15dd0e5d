import type { EventEmitter } from 'node:events';
import { createConnection, set as setMongoose } from 'mongoose';
import type { Connection, Model, mongo } from 'mongoose';
import type { Logger } from './logging.ts';
import { backoff } from './time.ts';

// No query may carry an operator that came from outside, even where validation was forgotten.
setMongoose('sanitizeFilter', true);

const TIME_LIMIT_MS = 5000;
/** How often the driver looks whether the server is there. It notices within 3 s more that it is not. */
const HEARTBEAT_MS = 2000;
/** So many seconds without a look, and there will be none any more. */
const SILENT_SECONDS = 10;

/** How every connection of ours is made; a field that is undefined is left out, as in JSON. */
export const storeOptions = {
  bufferCommands: false,
  ignoreUndefined: true,
  heartbeatFrequencyMS: HEARTBEAT_MS,
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
 * so that an acknowledged write outlives a crash. An operation that takes over 5 s fails. Ends the process when the driver
 * no longer looks for the server.
 */
export async function connectStore(url: string, log: Logger): Promise<Connection> {
  for (let attempt = 0; ; attempt++) {
    try {
      const connection = await createConnection(url, storeOptions).asPromise();
      whenSilent(connection.getClient(), () => {
        log.fatal('the driver no longer looks for MongoDB; only a new process will find it');
        process.exit(1);
      });
      return connection;
    } catch (error) {
      log.warn({ err: error }, 'MongoDB does not answer; trying again');
      await backoff(attempt, { maxMs: 5000 });
    }
  }
}

/**
 * Calls `lost` when nothing has been heard for a while of the driver's own looks at the server, neither success nor failure.
 * mongodb 7.9 writes to a connection that is being closed, and then waits for ever for it to drain; when that happens to
 * the one that it looks with, no operation finds a server again.
 */
export function whenSilent(client: EventEmitter, lost: () => void, secondMs = 1000): void {
  let silent = 0;
  const heard = () => {
    silent = 0;
  };
  // Counted, for a process that stood still for a minute has missed nothing.
  const timer = setInterval(() => {
    if (++silent > SILENT_SECONDS) lost();
  }, secondMs).unref();
  client.on('serverHeartbeatSucceeded', heard).on('serverHeartbeatFailed', heard);
  client.on('topologyClosed', () => {
    clearInterval(timer);
  });
}

/**
 * The driver's own collection of a model, for what is done all the time with what was checked when it came in: Mongoose
 * takes longer to look at such an operation than the store to do it.
 */
export const driverCollection = <D extends { _id: string }>(model: Model<D>) =>
  model.collection as unknown as mongo.Collection<D>;

/** Keeps one of something for each model, made when it is first asked for. */
export function perModel<T>(make: (model: never) => T): (model: object) => T {
  const made = new WeakMap<object, T>();
  return (model) => {
    const one = made.get(model) ?? make(model as never);
    made.set(model, one);
    return one;
  };
}

/** Resolves when the store answers; rejects when it does not. */
export async function pingStore(connection: Connection): Promise<void> {
  await connection.db?.admin().ping();
}
