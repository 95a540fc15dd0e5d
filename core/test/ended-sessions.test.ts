import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEndedSessions } from '@ticketing/common';
import type { AddedSession, EndedSessionStore } from '@ticketing/common';
import { startSessionMessaging } from '@ticketing/core';
import { mongoEndedSessions } from '@ticketing/core/mongo';
import {
  badPlans,
  downBus,
  dropTestStore,
  memoryCollection,
  memoryEndedSessions,
  queryPlans,
  silentLog,
  testStore,
} from '@ticketing/core/testing';
import type { Connection } from 'mongoose';

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));

const later = new Date(Date.now() + 3_600_000).toISOString();
let made = 0;
const newSession = () => ({ id: `session-${++made}`, endsAt: later });

async function addedTo(store: EndedSessionStore, since = new Date(0)): Promise<AddedSession[]> {
  const found: AddedSession[] = [];
  for await (const one of store.addedSince(since)) found.push(one);
  return found;
}

describe.each([
  ['in memory', () => Promise.resolve(memoryEndedSessions())],
  ['in MongoDB', () => mongoEndedSessions(connection, silentLog)],
] as const)('ended sessions %s', (_, open) => {
  it('are known to the instance that adds them at once, and to others after they refresh', async () => {
    const store = await open();
    const [one, other] = [createEndedSessions(store), createEndedSessions(store)];
    await Promise.all([one.refresh(), other.refresh()]);
    const [first, second, live] = [newSession(), newSession(), newSession()];
    for (const session of [first, second]) {
      await one.add([session]);
      expect(one.has(session.id)).toBe(true);
      expect(other.has(session.id)).toBe(false);
      await other.refresh();
      expect(other.has(session.id)).toBe(true);
    }
    expect([one.has(live.id), other.has(live.id)]).toEqual([false, false]);
  });

  it('are known to an instance that starts later', async () => {
    const store = await open();
    const ended = newSession();
    await store.add([ended]);
    const restarted = createEndedSessions(store);
    await restarted.refresh();
    expect(restarted.has(ended.id)).toBe(true);
  });

  it('are unknown before they are loaded, which is an error, because any session may have ended', async () => {
    const starting = createEndedSessions(await open());
    expect(() => starting.has('any')).toThrow('not loaded yet');
  });

  it('keep the time at which they were first added when an event is delivered again', async () => {
    const store = await open();
    const ended = newSession();
    await store.add([ended]);
    const find = async () => (await addedTo(store)).find(({ id }) => id === ended.id);
    const first = await find();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await store.add([ended]);
    expect(await find()).toEqual({ ...ended, addedAt: first?.addedAt });
    await store.add([]);
  });
});

it('a service whose routes need a session loads what has ended before its first request, then what other instances add', async () => {
  const store = memoryEndedSessions();
  const [before, after] = [newSession(), newSession()];
  await store.add([before]);
  const stores = { endedSessions: store, leases: memoryCollection(), deadLetters: {} as never };
  const tasks: (() => Promise<unknown>)[] = [];
  const every = (_ms: number, work: () => Promise<unknown>) => {
    tasks.push(work);
    return { stop: () => Promise.resolve() };
  };
  const options = { bus: downBus, config: { INSTANCE: 'test' }, log: silentLog, every };
  const messaging = startSessionMessaging('things', memoryCollection(), stores, options);
  const handlers = { 'session:ended': () => Promise.resolve() };
  const { endedSessions } = messaging;
  const { prepare } = messaging.consume({ handlers, republish: () => Promise.reject(new Error()), tasks: [] });
  for (const step of prepare) await step();
  expect([endedSessions.has(before.id), endedSessions.has(after.id)]).toEqual([true, false]);
  await store.add([after]);
  for (const task of tasks) await task();
  expect(endedSessions.has(after.id)).toBe(true);
});

describe('in MongoDB', () => {
  it('ended sessions are removed when their tokens have expired, and are read by an index', async () => {
    const store = await mongoEndedSessions(connection, silentLog);
    await store.add(Array.from({ length: 300 }, newSession));
    const { db } = connection;
    const indexes = (await db?.collection('endedsessions').indexes()) ?? [];
    expect(indexes).toContainEqual(expect.objectContaining({ key: { endsAt: 1 }, expireAfterSeconds: 0 }));
    const plans = await queryPlans(connection, () => addedTo(store, new Date(Date.now() + 60_000)));
    expect(badPlans(plans)).toEqual([]);
    expect(plans).toMatchObject([{ examined: 0 }]);
  });
});
