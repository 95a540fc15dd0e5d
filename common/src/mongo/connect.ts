import { createConnection, mongo, set as setMongoose } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import { watchBacking } from '../backing.ts';
import type { Backing } from '../backing.ts';
import { isUnreachable } from '../errors.ts';
import type { Logger } from '../logging.ts';
import { backoff } from '../time.ts';
import { whenSilent } from './driver-watchdog.ts';

// Defence in depth: an operator in user input never reaches a query, even if validation was forgotten.
setMongoose('sanitizeFilter', true);

const TIME_LIMIT_MS = 5000;
/** How often the driver's monitor checks the server. It detects a failure at most 3 s after a check. */
const HEARTBEAT_MS = 2000;

/** The options of every connection. `ignoreUndefined` omits undefined fields, as JSON does. */
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

/** MONGO_URL: a URL that the driver accepts, with the name of a database. */
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
 * Connects to MongoDB in the background, retrying with backoff. Writes are acknowledged when they are journaled, so
 * an acknowledged write survives a crash. An operation fails after 5 s. Exits the process when the driver's monitor is stuck.
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
      log.fatal('the monitor of the MongoDB driver is stuck; exiting, because only a new process can connect again');
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

/** Creates the indexes of these models where they are missing; retries while MongoDB is unavailable. */
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
