import type { EventEmitter } from 'node:events';
import { createConnection, mongo, set as setMongoose } from 'mongoose';
import type { Connection, Schema } from 'mongoose';
import { z } from 'zod';
import { ConfigError, backoff, errorMessage, isRefused, isUnreachable, watchBacking } from '@ticketing/runtime';
import type { Backing, Logger } from '@ticketing/runtime';
import { UNLIMITED_ENDED, UNLIMITED_STARTED, whenSilent, whenStuck } from './driver-watchdog.ts';
import { watchPool } from './pool-metrics.ts';

// Defence in depth: an operator in user input never reaches a query, even if validation was forgotten.
setMongoose('sanitizeFilter', true);

/**
 * The limit for a command. The driver repeats a read, and on a replica set a write, once on another connection: with the selection
 * of a server an operation takes up to 13 s. The server may still finish a write after its caller's limit.
 */
const TIME_LIMIT_MS = 5000;
/** How often the driver's monitor checks the server. It detects a failure at most 3 s after a check. */
const HEARTBEAT_MS = 2000;

/** The options of every connection, which override those of the URL. `ignoreUndefined` omits undefined fields, as JSON does. */
export const storeOptions = {
  bufferCommands: false,
  // `createIndexes` builds the indexes: Mongoose would build them a second time, with a time limit.
  autoIndex: false,
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

/** MONGO_URL: a URL that the driver accepts, with the name of a database and without options that weaken reads or writes. */
export const mongoUrl = z
  .string()
  .refine((url) => optionsOf(url) !== undefined, {
    error:
      'must be mongodb://host:port/database, with special characters in user and password percent-encoded and only options that the driver has',
    abort: true,
  })
  .refine(
    keepsGuarantees,
    'must not have readPreference, readConcernLevel, w, journal or wtimeoutMS: services read from the primary, and their writes are journaled by a majority',
  );

/** The options that the driver reads from a URL; undefined when it rejects the URL or there is no database. */
function optionsOf(url: string): mongo.MongoOptions | undefined {
  if (!/^mongodb(\+srv)?:\/\/[^/?]+\/[\w-]+(\?.*)?$/.test(url)) return undefined;
  try {
    return new mongo.MongoClient(url).options;
  } catch {
    return undefined;
  }
}

/** Whether the options of a URL are no weaker than those of the services. The driver merges write concerns, so ours would not win. */
function keepsGuarantees(url: string): boolean {
  const { readPreference, readConcern, writeConcern } = optionsOf(url) ?? {};
  const { w = 'majority', journal = true, wtimeoutMS } = writeConcern ?? {};
  const isStrict = w === 'majority' && journal && wtimeoutMS === undefined;
  return isStrict && readPreference?.mode === 'primary' && ['local', undefined].includes(readConcern?.level);
}

export interface Store extends Backing {
  readonly whenConnected: Promise<Connection>;
  close(): Promise<void>;
}

/**
 * Connects to MongoDB in the background, retrying with backoff. Writes are acknowledged when a majority has journaled them, so
 * an acknowledged write survives a crash. A command fails after 5 s. Exits the process when the driver is stuck.
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
    const client = connection.getClient();
    watchPool(client);
    const exit = (what: string) => () => {
      log.fatal(`${what} of the MongoDB driver is stuck; exiting, because only a new process can go on`);
      process.exit(1);
    };
    whenSilent(client, exit('the monitor'));
    whenStuck(client, exit('an operation'));
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

/** What `createIndexes` uses of a model. */
interface Indexed {
  db: { getClient: () => EventEmitter };
  schema: { indexes: Schema['indexes'] };
  collection: {
    createIndex: (fields: mongo.IndexSpecification, options: mongo.CreateIndexesOptions) => Promise<unknown>;
  };
}

const noTimeLimit = { socketTimeoutMS: 0 };

/**
 * Creates the indexes of these models where they are missing, however long that takes; retries while MongoDB is unavailable. Throws a
 * ConfigError when MongoDB refuses it.
 * A command that timed out would leave its build running in the server, and each retry would wait there for the same build.
 */
export async function createIndexes(models: Indexed[], log: Logger): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      for (const model of models) await createIndexesOf(model);
      return;
    } catch (error) {
      // A URL without a login connects all the same.
      if (isRefused(error)) throw new ConfigError(`MONGO_URL: MongoDB refuses to create indexes: ${refusalIn(error)}`);
      if (!isUnreachable(error)) throw error;
      log.warn({ err: error }, 'the indexes could not be created; trying again');
      await backoff(attempt, { maxMs: 5000 });
    }
  }
}

/** Without the command, which MongoDB repeats. */
const refusalIn = (error: unknown): string => errorMessage(error).replace(/ to execute command.*/s, '');

async function createIndexesOf({ db, schema, collection }: Indexed): Promise<void> {
  const client = db.getClient();
  client.emit(UNLIMITED_STARTED);
  try {
    for (const [fields, options] of schema.indexes())
      await collection.createIndex(fields as mongo.IndexSpecification, {
        ...(options as mongo.CreateIndexesOptions),
        ...noTimeLimit,
      });
  } finally {
    client.emit(UNLIMITED_ENDED);
  }
}
