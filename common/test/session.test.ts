import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  createApi,
  createHealth,
  endSession,
  requireUser,
  session,
  requireAuth,
  startSession,
} from '@ticketing/common';
import type { SessionOptions } from '@ticketing/common';
import { randomUser, sessionCookie, silentLog, testSessions } from '@ticketing/common/testing';
import { Router } from 'express';
import jwt from 'jsonwebtoken';
import { createHmac } from 'node:crypto';
import { OutgoingMessage } from 'node:http';
import request from 'supertest';

const user = randomUser();
const KEY = testSessions.SESSION_KEYS[0] ?? '';
const OTHER_KEY = 'another-key-for-tests-of-32-bytes-or-more';

/** A service that returns the user of the session. */
function serve(options: SessionOptions = testSessions) {
  const router = Router();
  router.get('/', (req, res) => {
    res.json({ currentUser: req.currentUser ?? null });
  });
  router.get('/mine', requireAuth, (req, res) => {
    res.json(requireUser(req));
  });
  router.post('/in', (req, res) => {
    startSession(req, user, options);
    res.json({});
  });
  router.post('/out', (req, res) => {
    endSession(req, options);
    res.json({});
  });
  return request(
    createApi({
      log: silentLog,
      health: createHealth(),
      config: { TRUSTED_PROXIES: 1 },
      middleware: [session(options)],
      routes: { '/api/who': router },
    }),
  );
}

async function userOf(cookie: string, options?: SessionOptions): Promise<unknown> {
  const answer = await serve(options).get('/api/who').set('Cookie', cookie);
  expect(answer.status).toBe(200);
  return (answer.body as { currentUser: unknown }).currentUser;
}

// An attacker who reads this project knows how keys are derived, but does not know a key.
const derive = (key: string, use: string) => createHmac('sha256', key).update(use).digest('base64url');
const keyId = (key: string) => derive(key, 'key-id').slice(0, 8);

/** A cookie with a valid signature around any token, so that only the token can be the reason to reject it. */
function signedCookie(token: unknown, key = KEY): string {
  const value = Buffer.from(JSON.stringify({ token })).toString('base64');
  const signature = createHmac('sha1', derive(key, 'cookie'))
    .update(`session=${value}`)
    .digest('base64')
    .replace(/[/+=]/g, (sign) => ({ '/': '_', '+': '-' })[sign] ?? '');
  return `session=${value}; session.sig=${signature}`;
}

function tokenOf(changes: jwt.SignOptions = {}, key = KEY, claims: object = { email: user.email }): string {
  return jwt.sign(claims, derive(key, 'token'), {
    ...{ algorithm: 'HS256', keyid: keyId(key), subject: user.id, issuer: 'ticketing', audience: 'ticketing' },
    expiresIn: 60,
    ...changes,
  });
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a session', () => {
  it('identifies the user', async () => {
    expect(await userOf(await sessionCookie(user))).toEqual(user);
  });

  it('is an HttpOnly, SameSite cookie with an expiry', async () => {
    const cookies = (await serve().post('/api/who/in')).get('Set-Cookie') ?? [];
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['session', 'session.sig']);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; path=\/;.*; samesite=lax; httponly$/i);
      expect(cookie).toMatch(/; expires=/i);
      expect(cookie).not.toMatch(/; secure/i);
    }
  });

  it.each([undefined, 'http', 'https'])(
    'is set and cleared as Secure when that is configured, even if the last hop was %s',
    async (scheme) => {
      const api = serve({ ...testSessions, COOKIE_SECURE: true });
      for (const path of ['/api/who/in', '/api/who/out']) {
        const answer = await api.post(path).set(scheme === undefined ? {} : { 'X-Forwarded-Proto': scheme });
        expect(answer.status).toBe(200);
        expect(answer.get('Set-Cookie')).toHaveLength(2);
        for (const cookie of answer.get('Set-Cookie') ?? []) expect(cookie).toMatch(/; secure; httponly$/i);
      }
    },
  );

  it.each(['/api/who/in', '/api/who/out'])('answers 500 when the cookie can not be written: %s', async (path) => {
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
      const answer = await serve().post(path);
      expect(answer.status).toBe(500);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    } finally {
      failing.mockRestore();
    }
  });

  it('is not set again by later responses', async () => {
    const answer = await serve()
      .get('/api/who')
      .set('Cookie', await sessionCookie(user));
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it('ends with a response that removes the cookie', async () => {
    const answer = await serve()
      .post('/api/who/out')
      .set('Cookie', await sessionCookie(user));
    for (const cookie of answer.get('Set-Cookie') ?? ['none'])
      expect(cookie).toMatch(/^session(\.sig)?=.*; expires=Thu, 01 Jan 1970/i);
  });

  it('is required by requireAuth, which answers 401 without one', async () => {
    const without = await serve().get('/api/who/mine');
    expect({ status: without.status, body: without.body as unknown }).toEqual({
      status: 401,
      body: { errors: [{ code: 'unauthenticated', message: 'Sign in first.' }] },
    });
    const withOne = await serve()
      .get('/api/who/mine')
      .set('Cookie', await sessionCookie(user));
    expect(withOne.body).toEqual(user);
  });
});

describe('a cookie', () => {
  it('is accepted when it is made like a genuine one, which validates the cases below', async () => {
    expect(await userOf(signedCookie(tokenOf()))).toEqual(user);
  });

  it('is rejected when its value or its signature was changed', async () => {
    const [value = '', signature = ''] = (await sessionCookie(user)).split('; ');
    const [other = ''] = (await sessionCookie(randomUser())).split('; ');
    expect(await userOf(`${other}; ${signature}`)).toBeNull();
    expect(await userOf(value)).toBeNull();
    expect(await userOf(`${value}; session.sig=`)).toBeNull();
    expect(await userOf(`${value}; ${signature.slice(0, -2)}`)).toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['an object', { $gt: '' }],
    ['text that is not a token', 'x.y.z'],
    ['an empty text', ''],
  ])('is rejected when it holds %s instead of a token', async (_, token) => {
    expect(await userOf(signedCookie(token))).toBeNull();
  });

  it('is rejected when it is not JSON', async () => {
    expect(await userOf('session=%%%; session.sig=x')).toBeNull();
    expect(await userOf(signedCookie(tokenOf()).replace('session=', 'session=x'))).toBeNull();
  });
});

describe('a token', () => {
  const [head = '', claims = '', signature = ''] = tokenOf().split('.');
  const claimed = {
    ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
    sub: randomUser().id,
  };

  it.each([
    ['with other claims', `${head}.${part(claimed)}.${signature}`],
    ['without a signature', `${head}.${claims}.`],
    ['with the algorithm none', `${part({ alg: 'none', typ: 'JWT', kid: keyId(KEY) })}.${claims}.`],
    ['with another algorithm by the right key', tokenOf({ algorithm: 'HS512' })],
    ['of another issuer', tokenOf({ issuer: 'elsewhere' })],
    ['for another audience', tokenOf({ audience: 'elsewhere' })],
    ['that has expired', tokenOf({ expiresIn: -1 })],
    ['that is not valid yet', tokenOf({ notBefore: 60 })],
    ['by another key with the id of the right one', tokenOf({ keyid: keyId(KEY) }, OTHER_KEY)],
    ['by an unknown key', tokenOf({}, OTHER_KEY)],
    ['without a key id', tokenOf({ keyid: '' })],
    ['with __proto__ as key id', tokenOf({ keyid: '__proto__' })],
    ['without an e-mail address', tokenOf({}, KEY, {})],
    ['with an address that is not text', tokenOf({}, KEY, { email: { $gt: '' } })],
    ["signed with the cookie's key", jwt.sign({ email: user.email }, derive(KEY, 'cookie'), { keyid: keyId(KEY) })],
  ])('%s is rejected', async (_, token) => {
    expect(await userOf(signedCookie(token))).toBeNull();
  });

  it('without an expiry is rejected', async () => {
    const endless = jwt.sign({ email: user.email }, derive(KEY, 'token'), {
      ...{ algorithm: 'HS256', keyid: keyId(KEY), subject: user.id, issuer: 'ticketing', audience: 'ticketing' },
    });
    expect(await userOf(signedCookie(endless))).toBeNull();
  });

  it('without a subject is rejected', async () => {
    const anonymous = jwt.sign({ email: user.email }, derive(KEY, 'token'), {
      ...{ algorithm: 'HS256', keyid: keyId(KEY), issuer: 'ticketing', audience: 'ticketing', expiresIn: 60 },
    });
    expect(await userOf(signedCookie(anonymous))).toBeNull();
  });
});

describe('rotated keys', () => {
  const withKeys = (...SESSION_KEYS: string[]) => ({ ...testSessions, SESSION_KEYS });

  it('accept sessions signed by the old key while it is listed', async () => {
    const old = await sessionCookie(user, withKeys(KEY));
    expect(await userOf(old, withKeys(OTHER_KEY, KEY))).toEqual(user);
  });

  it('reject sessions signed by the old key once it is dropped', async () => {
    const old = await sessionCookie(user, withKeys(KEY));
    expect(await userOf(old, withKeys(OTHER_KEY))).toBeNull();
  });

  it('sign new sessions with the first key', async () => {
    const fresh = await sessionCookie(user, withKeys(OTHER_KEY, KEY));
    expect(await userOf(fresh, withKeys(OTHER_KEY))).toEqual(user);
    expect(await userOf(fresh, withKeys(KEY))).toBeNull();
  });
});

describe('a cached session', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Sends every request to the same service, so that its cache is used. */
  function cachingService() {
    const api = serve();
    return async (cookie: string): Promise<unknown> => {
      const answer = await api.get('/api/who').set('Cookie', cookie);
      expect(answer.get('Set-Cookie')).toBeUndefined();
      return (answer.body as { currentUser: unknown }).currentUser;
    };
  }

  it('identifies the user of each cookie', async () => {
    const userOf = cachingService();
    const other = randomUser();
    const [mine, theirs] = [await sessionCookie(user), await sessionCookie(other)];
    for (let time = 0; time < 3; time++) {
      expect(await userOf(mine)).toEqual(user);
      expect(await userOf(theirs)).toEqual(other);
      expect(await userOf('theme=dark')).toBeNull();
    }
    expect(await userOf(`theme=dark; ${mine}`)).toEqual(user);
  });

  it('ends when its token expires', async () => {
    const userOf = cachingService();
    const cookie = signedCookie(tokenOf({ expiresIn: 60 }));
    expect(await userOf(cookie)).toEqual(user);
    const { exp = 0 } = jwt.decode(tokenOf({ expiresIn: 60 })) as jwt.JwtPayload;
    const now = jest.spyOn(Date, 'now');
    now.mockReturnValue((exp - 2) * 1000);
    expect(await userOf(cookie)).toEqual(user);
    now.mockReturnValue((exp + 1) * 1000);
    expect(await userOf(cookie)).toBeNull();
  });

  it('does not validate a cookie that was tampered with', async () => {
    const api = serve();
    const cookie = await sessionCookie(user);
    const [value = '', signature = ''] = cookie.split('; ');
    const [other = ''] = (await sessionCookie(randomUser())).split('; ');
    for (const sent of [
      cookie,
      value,
      `${other}; ${signature}`,
      `${value}; ${signature}x`,
      `${value}x; ${signature}`,
    ]) {
      const answer = await api.get('/api/who').set('Cookie', sent);
      expect(answer.body).toEqual({ currentUser: sent === cookie ? user : null });
    }
  });

  it('is rejected by a process with other keys', async () => {
    const userOf = cachingService();
    const cookie = await sessionCookie(user);
    expect(await userOf(cookie)).toEqual(user);
    const rotated = serve({ ...testSessions, SESSION_KEYS: [OTHER_KEY] });
    expect((await rotated.get('/api/who').set('Cookie', cookie)).body).toEqual({ currentUser: null });
  });

  it('can be ended, or replaced by another session', async () => {
    const api = serve();
    const cookie = await sessionCookie(randomUser());
    await api.get('/api/who').set('Cookie', cookie);
    const out = (await api.post('/api/who/out').set('Cookie', cookie)).get('Set-Cookie') ?? [];
    expect(out.map((line) => line.split('=')[0])).toEqual(['session', 'session.sig']);
    for (const line of out) expect(line).toMatch(/expires=Thu, 01 Jan 1970/i);
    const fresh = (await api.post('/api/who/in').set('Cookie', cookie)).get('Set-Cookie') ?? [];
    expect(await userOf(fresh.map((line) => line.split(';')[0]).join('; '))).toEqual(user);
  });
});
