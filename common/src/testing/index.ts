import { randomBytes } from 'node:crypto';
import express from 'express';
import { createConnection } from 'mongoose';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import type { Fact } from '../events.ts';
import { events } from '../events.ts';
import { startSession, session } from '../http/session.ts';
import type { SessionOptions } from '../http/session.ts';
import type { Stored } from '../outbox.ts';
import type { CurrentUser } from '../shapes.ts';
import { storeOptions } from '../store.ts';
import type { Handlers } from '../subscriptions.ts';
import { testMongoUrl } from './config.ts';

export { memoryBus } from './memory-bus.ts';
export type { MemoryBroker } from './memory-bus.ts';

export const silentLog = pino({ level: 'silent' });

export const testSessions: SessionOptions = {
  SESSION_KEYS: ['a-key-for-tests-of-32-bytes-or-more'],
  SESSION_SECONDS: 3600,
  COOKIE_SECURE: false,
};

/** A connection to an empty database of its own. Drop it with `dropTestStore`. */
export const testStore = (): Promise<Connection> =>
  createConnection(testMongoUrl(), {
    ...storeOptions,
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

/** The value of the Cookie header that a signed-in browser of this user would send. */
export async function sessionCookie(user: CurrentUser, options: SessionOptions = testSessions): Promise<string> {
  const app = express();
  app.use(session(options));
  app.get('/', (req, res) => {
    startSession(req, user, options);
    res.end();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const { port } = server.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}`);
    return answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Hands an event to what a service hears, as the bus would after parsing it. Throws when the service doesn't hear it. */
export async function deliver(handlers: Handlers, fact: Fact): Promise<void> {
  const handler = handlers[fact.name] as ((data: unknown) => Promise<unknown>) | undefined;
  if (handler === undefined) throw new Error(`nothing hears ${fact.name}`);
  await handler(events[fact.name].parse(fact.data));
}

/** The events that a document's outbox holds, oldest first: all that was said, where no relay runs. */
export async function said(connection: Connection, collection: string, id: string): Promise<Fact[]> {
  const stored = await connection.getClient().db(connection.name).collection<Stored>(collection).findOne({ _id: id });
  return (stored?.outbox ?? []).map(({ name, data }) => ({ name, data }) as Fact);
}

/** Reads again and again until `done` accepts what was read; throws with the last value when that takes over `limitMs`. */
export async function eventually<T>(
  read: () => Promise<T> | T,
  done: (value: T) => boolean,
  limitMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error(`not so within ${limitMs} ms; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
