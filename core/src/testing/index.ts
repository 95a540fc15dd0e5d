import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { Express } from 'express';
import jwt from 'jsonwebtoken';
import { createConnection } from 'mongoose';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { events, keyId, sessionToken } from '@ticketing/common';
import type { ApiOptions, DomainEvent, IdempotencyKeys, SessionOptions } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common/shapes';
import { createHealth } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import type { Bus } from '../bus/bus.ts';
import type { Handlers } from '../bus/consumer.ts';
import type { Stored } from '../aggregate/collection.ts';
import { storeOptions } from '../mongo/connect.ts';
import { testMongoUrl } from './config.ts';

export { memoryBus } from './memory-bus.ts';
export { memoryCollection } from './memory-collection.ts';
export { memoryEndedSessions } from './memory-ended-sessions.ts';
export * from './query-plans.ts';
export type { MemoryBroker } from './memory-bus.ts';

export const silentLog = pino({ level: 'silent' });

/** The keys with which tests sign tokens. */
export const testKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The options of an API in tests. */
export const apiOptions = (log: Logger = silentLog): ApiOptions => ({
  log,
  health: createHealth(),
  config: { TRUSTED_PROXIES: 1 },
});

/** Creates the app of an instance of a service whose routes need a session. */
export const appOf = <Context>(
  createApp: (
    context: Context,
    config: SessionOptions & { RATE_LIMITS: boolean },
    options: ApiOptions & { keys: IdempotencyKeys },
  ) => Express,
  context: Context,
  { keys, log = silentLog, rateLimits = false }: { keys: IdempotencyKeys; log?: Logger; rateLimits?: boolean },
): Express => createApp(context, { ...testSessions, RATE_LIMITS: rateLimits }, { ...apiOptions(log), keys });

export const testSessions: SessionOptions = { SESSION_PUBLIC_KEYS: [testKeys.publicKey], COOKIE_SECURE: false };

/** The options of a store with limits that a busy machine does not reach. */
export const patientStoreOptions = {
  ...storeOptions,
  serverSelectionTimeoutMS: 60_000,
  connectTimeoutMS: 60_000,
  socketTimeoutMS: 60_000,
  waitQueueTimeoutMS: 60_000,
};

/** Connects to a new, empty database. Drop it with `dropTestStore`. */
export const testStore = (): Promise<Connection> =>
  createConnection(testMongoUrl(), {
    ...patientStoreOptions,
    dbName: `test-${randomBytes(6).toString('hex')}`,
  }).asPromise();

export async function dropTestStore(connection: Connection): Promise<void> {
  await connection.dropDatabase();
  await connection.close();
}

export const randomUser = (): CurrentUser => {
  const id = randomBytes(12).toString('hex');
  return { id, email: `${id}@example.com` };
};

export const randomTicketId = (): string => randomBytes(12).toString('hex');

/** The Cookie header of a browser in which this user is signed in, as auth would set it. */
export function sessionCookie(
  { id, email, confirmed }: CurrentUser,
  { keys = testKeys, sessionId = randomUUID() }: { keys?: typeof testKeys; sessionId?: string } = {},
): Promise<string> {
  const options = { ...sessionToken, keyid: keyId(keys.publicKey), subject: id, jwtid: sessionId, expiresIn: 3600 };
  return new Promise((resolve, reject) => {
    jwt.sign({ email, ...(confirmed && { confirmed }) }, keys.privateKey, options, (error, token) => {
      if (error) reject(error);
      else resolve(`session=${Buffer.from(JSON.stringify({ token })).toString('base64')}`);
    });
  });
}

/** Passes an event to a service's handlers, as the consumer does after parsing it. Throws when the service does not consume it. */
export async function deliver(handlers: Handlers, event: DomainEvent): Promise<void> {
  const handler = handlers[event.name] as ((data: unknown) => Promise<unknown>) | undefined;
  if (handler === undefined) throw new Error(`no handler for ${event.name}`);
  await handler(events[event.name].parse(event.data));
}

/** The events that a document's outbox holds, oldest first: all that were emitted, where no relay runs. */
export async function emitted(connection: Connection, collection: string, id: string): Promise<DomainEvent[]> {
  const stored = await connection.getClient().db(connection.name).collection<Stored>(collection).findOne({ _id: id });
  return (stored?.outbox ?? []).map(({ name, data }) => ({ name, data }) as DomainEvent);
}

/** A bus that is down: emitted events stay in the outboxes. */
export const downBus: Bus = {
  connected: false,
  whenConnected: Promise.resolve(),
  publish: () => Promise.reject(new Error('the bus is down')),
  subscribe: () => undefined,
  close: () => Promise.resolve(),
};

/** Replaces `every` in tests, so that periodic work runs only when a test calls it. */
export const never = () => ({ stop: () => Promise.resolve() });

/** Polls `read` until `done` accepts the value. Throws with the last value after `limitMs`, which only a failure reaches. */
export async function eventually<T>(
  read: () => Promise<T> | T,
  done: (value: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`condition not met within ${limitMs} ms; last value: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
