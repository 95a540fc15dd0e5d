import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SessionList } from '@ticketing/common/shapes';
import { dropTestStore, emitted, randomUser, sessionCookie, testStore } from '@ticketing/core/testing';
import { StoreUnavailableError } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import { OutgoingMessage } from 'node:http';
import request from 'supertest';
import type { AuthContext } from '../src/context.ts';
import { hashPassword } from '../src/passwords.ts';
import { endSessions } from '../src/sessions.ts';
import { startSession } from '../src/use-cases/start-session.ts';
import { endIdleSessions } from '../src/use-cases/sweep-sessions.ts';
import { testApp, testContext, testLimits } from './builders.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const password = 'correct horse battery';

let connection: Connection;
let context: AuthContext;
let passedMs = 0;
beforeAll(async () => {
  connection = await testStore();
  context = await testContext(connection, () => new Date(Date.now() + passedMs));
});
afterAll(() => dropTestStore(connection));

const api = (options?: Parameters<typeof testApp>[1]) => request(testApp(context, options));
const cookieOf = (answer: request.Response) =>
  (answer.get('Set-Cookie') ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
const currentUser = async (cookie: string) =>
  ((await api().get('/api/users/currentuser').set('Cookie', cookie)).body as { currentUser: unknown }).currentUser;
const listOf = async (cookie: string) =>
  ((await api().get('/api/users/sessions').set('Cookie', cookie)).body as SessionList).sessions;

/** A new account, and a function that signs in to it and returns the cookie of a browser. */
async function account() {
  const { id, email } = randomUser();
  await context.users.create([
    { _id: id, email, passwordHash: await hashPassword(password), createdAt: '2026-01-01T00:00:00.000Z' },
  ]);
  const signIn = async (cookie = '') =>
    cookieOf(
      await api()
        .post('/api/users/signin')
        .set('Cookie', cookie)
        .set('User-Agent', FIREFOX)
        .send({ email, password })
        .expect(200),
    );
  return { id, email, signIn };
}

/** The ids of the sessions that the events of a user name as ended. */
const announced = async (userId: string) =>
  (await emitted(connection, 'sessions', userId)).flatMap(({ name, data }) =>
    name === 'session:ended' && 'sessions' in data ? data.sessions.map(({ id }) => id) : [],
  );

describe('the cookie of a session', () => {
  it('is HttpOnly and SameSite, and expires with the session', async () => {
    const before = Date.now();
    const answer = await api().post('/api/users/signup').send({ email: randomUser().email, password });
    const after = Date.now();
    const cookies = answer.get('Set-Cookie') ?? [];
    expect(cookies).toEqual([
      expect.stringMatching(/^session=[^;]{20,}; path=\/; expires=.*; samesite=lax; httponly$/),
    ]);
    const expires = Date.parse(/expires=([^;]+)/.exec(cookies[0] ?? '')?.[1] ?? '');
    // In whole seconds.
    const startedAt = expires - testLimits.SESSION_SECONDS * 1000;
    expect(startedAt).toBeGreaterThan(before - 1000);
    expect(startedAt).toBeLessThan(after + 1000);
  });

  it.each([undefined, 'http', 'https'])(
    'is set and cleared as Secure, for this host alone, when that is configured, even if the last hop was %s',
    async (scheme) => {
      const secure = api({ COOKIE_SECURE: true });
      const forwarded = scheme === undefined ? {} : { 'X-Forwarded-Proto': scheme };
      const body = { email: randomUser().email, password };
      const [started, cleared] = [
        await secure.post('/api/users/signup').set(forwarded).send(body),
        await secure.post('/api/users/signout').set(forwarded),
      ];
      expect(started.get('Set-Cookie')).toEqual([expect.stringMatching(/^__Host-session=[^;]{20,}; path=\/;/)]);
      expect(cleared.get('Set-Cookie')).toEqual([
        expect.stringMatching(/^__Host-session=; path=\/; expires=Thu, 01 Jan 1970/),
      ]);
      for (const answer of [started, cleared]) {
        expect(answer.get('Set-Cookie')?.[0]).toMatch(/; secure; httponly$/i);
        expect(answer.get('Set-Cookie')?.[0]).not.toMatch(/domain/i);
      }
    },
  );

  it('is not claimed by a response when it can not be written', async () => {
    const setHeader = Reflect.get(OutgoingMessage.prototype, 'setHeader') as () => unknown;
    const failing = jest.spyOn(OutgoingMessage.prototype, 'setHeader').mockImplementation(function (
      this: OutgoingMessage,
      name,
      value,
    ) {
      if (name === 'Set-Cookie') throw new Error('no cookie today');
      return Reflect.apply(setHeader, this, [name, value]) as OutgoingMessage;
    });
    try {
      const answer = await api().post('/api/users/signout');
      expect(answer.status).toBe(500);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    } finally {
      failing.mockRestore();
    }
  });

  it('with a token of a session that auth never started is refused', async () => {
    const user = randomUser();
    expect(await currentUser(await sessionCookie(user))).toBeNull();
  });
});

describe('a copied cookie', () => {
  it('is refused after the sign-out, and other services are told in the same write', async () => {
    const { id, email, signIn } = await account();
    const [copied, other] = [await signIn(), await signIn()];
    expect(await currentUser(copied)).toEqual({ id, email });
    const [ended] = (await listOf(copied)).filter(({ isCurrent }) => isCurrent);
    const out = await api().post('/api/users/signout').set('Cookie', copied).expect(200);
    expect(out.get('Set-Cookie')).toEqual([expect.stringMatching(/^session=; path=\/; expires=Thu, 01 Jan 1970/)]);
    expect(await currentUser(copied)).toBeNull();
    expect(await currentUser(other)).toEqual({ id, email });
    expect(await announced(id)).toEqual([ended?.id]);
    const [event] = await emitted(connection, 'sessions', id);
    expect(event?.data).toMatchObject({ sessions: [{ endsAt: ended?.endsAt }] });
  });

  it('is refused after its user has signed in again in the same browser', async () => {
    const { id, email, signIn } = await account();
    const copied = await signIn();
    const fresh = await signIn(copied);
    expect(await currentUser(copied)).toBeNull();
    expect(await currentUser(fresh)).toEqual({ id, email });
    expect(await listOf(fresh)).toHaveLength(1);
  });

  it('is refused after its user has ended all sessions, or all others', async () => {
    const { id, signIn } = await account();
    const cookies = [await signIn(), await signIn(), await signIn()];
    const [, , current = ''] = cookies;
    const others = await api().delete('/api/users/sessions?except=current').set('Cookie', current).expect(204);
    expect(others.get('Set-Cookie')).toBeUndefined();
    const isSignedIn = async () => (await Promise.all(cookies.map(currentUser))).map((user) => user !== null);
    expect(await isSignedIn()).toEqual([false, false, true]);
    expect(await announced(id)).toHaveLength(2);
    const all = await api().delete('/api/users/sessions').set('Cookie', current).expect(204);
    expect(all.get('Set-Cookie')).toEqual([expect.stringMatching(/^session=; /)]);
    expect(await isSignedIn()).toEqual([false, false, false]);
    expect(new Set(await announced(id)).size).toBe(3);
  });

  it('is refused once its session was not used for too long, and other services are told', async () => {
    const { id, email, signIn } = await account();
    const [unused, used] = [await signIn(), await signIn()];
    const [idle] = (await listOf(used)).filter(({ isCurrent }) => !isCurrent);
    const HOUR_MS = 3_600_000;
    try {
      passedMs = 1.5 * HOUR_MS;
      expect(await currentUser(used)).toEqual({ id, email });
      passedMs = 2.5 * HOUR_MS;
      expect(await currentUser(used)).toEqual({ id, email });
      expect(await currentUser(unused)).toBeNull();
      await endIdleSessions(context);
      expect(await announced(id)).toEqual([idle?.id]);
    } finally {
      passedMs = 0;
    }
  });

  it('is refused when its session started by a password that was changed before it started', async () => {
    const { id, email } = await account();
    const reading = jest.spyOn(context.users, 'exists').mockReturnValueOnce(Promise.resolve(null) as never);
    try {
      await api().post('/api/users/signin').send({ email, password }).expect(401);
    } finally {
      reading.mockRestore();
    }
    expect((await context.sessions.find(id))?.sessions).toEqual([]);
    expect(await announced(id)).toHaveLength(1);
  });
});

describe('the list of sessions', () => {
  it('shows each with its browser, its network and whether it is the current one', async () => {
    const { signIn } = await account();
    const [, current] = [await signIn(), await signIn()];
    const sessions = await listOf(current);
    expect(sessions.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    expect(sessions).toHaveLength(2);
    for (const session of sessions)
      expect(session).toMatchObject({ browser: 'Firefox on Linux', network: '127.0.0.1', createdAt: session.usedAt });
  });

  it('is that of its user alone, who can end one of them', async () => {
    const [one, other] = [await account(), await account()];
    const [mine, elsewhere, theirs] = [await one.signIn(), await one.signIn(), await other.signIn()];
    const [session] = (await listOf(mine)).filter(({ isCurrent }) => !isCurrent);
    const path = `/api/users/sessions/${String(session?.id)}`;
    const refused = await api().delete(path).set('Cookie', theirs).expect(404);
    expect(refused.body).toMatchObject({ errors: [{ code: 'session-not-found' }] });
    expect(await currentUser(elsewhere)).not.toBeNull();
    await api().delete(path).set('Cookie', mine).expect(204);
    expect(await currentUser(elsewhere)).toBeNull();
    await api().delete(path).set('Cookie', mine).expect(404);
  });

  it('is refused without a session', async () => {
    await api().get('/api/users/sessions').expect(401);
    await api().delete('/api/users/sessions').expect(401);
    await api().delete('/api/users/sessions/any').expect(401);
  });
});

describe('sessions', () => {
  it('are at most 50 for a user: the one that was not used for the longest time ends', async () => {
    const user = randomUser();
    const browser = { network: '192.0.2.1', browser: 'Firefox on Linux' };
    for (let count = 0; count < 51; count++) {
      passedMs = count;
      await startSession(context, user, browser);
    }
    passedMs = 0;
    expect((await context.sessions.find(user.id))?.sessions).toHaveLength(50);
    expect(await announced(user.id)).toHaveLength(1);
    expect(await endSessions(context, user.id)).toBe(50);
    expect(await endSessions(context, user.id)).toBe(0);
  });

  it('that start at the same time for a new user all exist', async () => {
    const user = randomUser();
    const browser = { network: '192.0.2.1', browser: 'Firefox on Linux' };
    await Promise.all(Array.from({ length: 5 }, () => startSession(context, user, browser)));
    expect((await context.sessions.find(user.id))?.sessions).toHaveLength(5);
  });

  it('are not ended by a sign-out while the store is down, which is a 503 that keeps the cookie', async () => {
    const { signIn } = await account();
    const cookie = await signIn();
    const failing = jest
      .spyOn(context.sessions, 'update')
      .mockRejectedValueOnce(new StoreUnavailableError('the store is down'));
    try {
      const answer = await api().post('/api/users/signout').set('Cookie', cookie).expect(503);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    } finally {
      failing.mockRestore();
    }
    expect(await currentUser(cookie)).not.toBeNull();
  });
});
