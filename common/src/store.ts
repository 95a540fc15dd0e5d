import type { EventEmitter } from 'node:events';
import { createConnection, mongo, set as setMongoose } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import { watchBacking } from './backing.ts';
import type { Backing } from './backing.ts';
import { isUnreachable } from './errors.ts';
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

/** MONGO_URL: what the driver itself accepts, with the name of a database. */
export const mongoUrl = z
  .string()
  .refine(
    isMongoUrl,
    'must be mongodb://host:port/database, with special characters in user and password percent-encoded and only options that the driver has',
  );

function isMongoUrl(url: string): boolean {
  if (!/^mongodb(\+srv)?:\/\/[^/]+\/[\w-]+(\?|$)/.test(url)) return false;
  try {
    new mongo.MongoClient(url);
    return true;
  } catch {
    return false;
  }
}

export interface Store extends Backing {
  readonly whenConnected: Promise<Connection>;
  close(): Promise<void>;
}

/**
 * Connects to MongoDB in the background, trying again with backoff. Writes are acknowledged when they are journaled,
 * so that an acknowledged write outlives a crash. An operation that takes over 5 s fails. Ends the process when the driver
 * no longer looks for the server.
 */
export function connectStore(url: string, log: Logger): Store {
  const backing = watchBacking('MongoDB', 'MONGO_URL', log);
  const connection = createConnection();

  const stopping = new AbortController();

  async function connect(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await connection.openUri(url, { ...storeOptions });
        break;
      } catch (error) {
        if (!backing.failed(error)) return;
        await backoff(attempt, { maxMs: 5000, signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
      }
    }
    whenSilent(connection.getClient(), () => {
      log.fatal('the driver no longer looks for MongoDB; only a new process will find it');
      process.exit(1);
    });
    backing.connected();
  }
  const connecting = connect();

  const whenConnected = backing.whenConnected.then(() => connection);
  whenConnected.catch(() => undefined);
  return {
    whenConnected,
    async check() {
      await backing.check();
      try {
        await connection.db?.admin().ping();
        backing.connected();
      } catch (error) {
        backing.failed(error);
        throw error;
      }
    },
    async close() {
      stopping.abort();
      await connecting;
      await connection.close();
    },
  };
}

/** Creates the indexes of these models where they are missing; tries again while MongoDB is unavailable. */
export async function createIndexes(models: Pick<Model<unknown>, 'createIndexes'>[], log: Logger): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await Promise.all(models.map((model) => model.createIndexes()));
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      log.warn({ err: error }, 'the indexes could not be created; trying again');
      await backoff(attempt, { maxMs: 5000 });
    }
  }
}

/**
 * Calls `lost` when none of the driver's own looks at the server has ended for a while, neither with success nor with failure.
 * mongodb 7.9 writes to a connection that is being closed, and then waits for ever for it to drain; when that happens to
 * the one that it looks with, no operation finds a server again.
 */
export function whenSilent(client: EventEmitter, lost: () => void, secondMs = 1000): void {
  let silent = 0;
  const looked = () => {
    silent = 0;
  };
  // Counted, for a process that stood still for a minute has missed nothing.
  const timer = setInterval(() => {
    if (++silent > SILENT_SECONDS) lost();
  }, secondMs).unref();
  client.on('serverHeartbeatSucceeded', looked).on('serverHeartbeatFailed', looked);
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
