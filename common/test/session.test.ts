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

/** A service that says who is calling. */
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

async function whoIs(cookie: string, options?: SessionOptions): Promise<unknown> {
  const answer = await serve(options).get('/api/who').set('Cookie', cookie);
  expect(answer.status).toBe(200);
  return (answer.body as { currentUser: unknown }).currentUser;
}

// What an attacker who reads this project knows: how keys are derived, but none of them.
const derive = (key: string, use: string) => createHmac('sha256', key).update(use).digest('base64url');
const keyId = (key: string) => derive(key, 'key-id').slice(0, 8);

/** A cookie with a genuine signature around any token: what is refused of it is refused for the token's sake. */
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
  it('says who is calling', async () => {
    expect(await whoIs(await sessionCookie(user))).toEqual(user);
  });

  it('is a cookie that scripts and other sites do not get, with an end', async () => {
    const cookies = (await serve().post('/api/who/in')).get('Set-Cookie') ?? [];
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['session', 'session.sig']);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; path=\/;.*; samesite=lax; httponly$/i);
      expect(cookie).toMatch(/; expires=/i);
      expect(cookie).not.toMatch(/; secure/i);
    }
  });

  it.each([undefined, 'http', 'https'])(
    'is set and cleared as Secure where that is configured, when the last hop was %s',
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

  it.each(['/api/who/in', '/api/who/out'])('that cannot be written is an error: %s', async (path) => {
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

  it('is not set again by every answer', async () => {
    const answer = await serve()
      .get('/api/who')
      .set('Cookie', await sessionCookie(user));
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it('ends: the answer takes the cookie away', async () => {
    const answer = await serve()
      .post('/api/who/out')
      .set('Cookie', await sessionCookie(user));
    for (const cookie of answer.get('Set-Cookie') ?? ['none'])
      expect(cookie).toMatch(/^session(\.sig)?=.*; expires=Thu, 01 Jan 1970/i);
  });

  it('is asked for with 401 where there must be one', async () => {
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
  it('made as ours is taken: the refusals below are for what they change', async () => {
    expect(await whoIs(signedCookie(tokenOf()))).toEqual(user);
  });

  it('whose value was changed is no session', async () => {
    const [value = '', signature = ''] = (await sessionCookie(user)).split('; ');
    const [other = ''] = (await sessionCookie(randomUser())).split('; ');
    expect(await whoIs(`${other}; ${signature}`)).toBeNull();
    expect(await whoIs(value)).toBeNull();
    expect(await whoIs(`${value}; session.sig=`)).toBeNull();
    expect(await whoIs(`${value}; ${signature.slice(0, -2)}`)).toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['an object', { $gt: '' }],
    ['text that is no token', 'x.y.z'],
    ['no text', ''],
  ])('that holds %s in the place of a token is no session', async (_, token) => {
    expect(await whoIs(signedCookie(token))).toBeNull();
  });

  it('that is not JSON is no session', async () => {
    expect(await whoIs('session=%%%; session.sig=x')).toBeNull();
    expect(await whoIs(signedCookie(tokenOf()).replace('session=', 'session=x'))).toBeNull();
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
    ['by another key that claims to be ours', tokenOf({ keyid: keyId(KEY) }, OTHER_KEY)],
    ['by an unknown key', tokenOf({}, OTHER_KEY)],
    ['without a key id', tokenOf({ keyid: '' })],
    ['with __proto__ as key id', tokenOf({ keyid: '__proto__' })],
    ['without an e-mail address', tokenOf({}, KEY, {})],
    ['with an address that is no text', tokenOf({}, KEY, { email: { $gt: '' } })],
    ["signed with the cookie's key", jwt.sign({ email: user.email }, derive(KEY, 'cookie'), { keyid: keyId(KEY) })],
  ])('%s is no session', async (_, token) => {
    expect(await whoIs(signedCookie(token))).toBeNull();
  });

  it('without an end is no session', async () => {
    const endless = jwt.sign({ email: user.email }, derive(KEY, 'token'), {
      ...{ algorithm: 'HS256', keyid: keyId(KEY), subject: user.id, issuer: 'ticketing', audience: 'ticketing' },
    });
    expect(await whoIs(signedCookie(endless))).toBeNull();
  });

  it('without a subject is no session', async () => {
    const nobody = jwt.sign({ email: user.email }, derive(KEY, 'token'), {
      ...{ algorithm: 'HS256', keyid: keyId(KEY), issuer: 'ticketing', audience: 'ticketing', expiresIn: 60 },
    });
    expect(await whoIs(signedCookie(nobody))).toBeNull();
  });
});

describe('rotated keys', () => {
  const withKeys = (...SESSION_KEYS: string[]) => ({ ...testSessions, SESSION_KEYS });

  it('keep the sessions that the old key has signed while it is listed', async () => {
    const old = await sessionCookie(user, withKeys(KEY));
    expect(await whoIs(old, withKeys(OTHER_KEY, KEY))).toEqual(user);
  });

  it('end them once the old key is dropped', async () => {
    const old = await sessionCookie(user, withKeys(KEY));
    expect(await whoIs(old, withKeys(OTHER_KEY))).toBeNull();
  });

  it('sign new sessions with the first key', async () => {
    const fresh = await sessionCookie(user, withKeys(OTHER_KEY, KEY));
    expect(await whoIs(fresh, withKeys(OTHER_KEY))).toEqual(user);
    expect(await whoIs(fresh, withKeys(KEY))).toBeNull();
  });
});

describe('a session that the process has seen before', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Asks one and the same service each time, as the one who has the cookie. */
  function remembering() {
    const api = serve();
    return async (cookie: string): Promise<unknown> => {
      const answer = await api.get('/api/who').set('Cookie', cookie);
      expect(answer.get('Set-Cookie')).toBeUndefined();
      return (answer.body as { currentUser: unknown }).currentUser;
    };
  }

  it('says who is calling, each for themselves', async () => {
    const whoIs = remembering();
    const other = randomUser();
    const [mine, theirs] = [await sessionCookie(user), await sessionCookie(other)];
    for (let time = 0; time < 3; time++) {
      expect(await whoIs(mine)).toEqual(user);
      expect(await whoIs(theirs)).toEqual(other);
      expect(await whoIs('theme=dark')).toBeNull();
    }
    expect(await whoIs(`theme=dark; ${mine}`)).toEqual(user);
  });

  it('ends when its token does', async () => {
    const whoIs = remembering();
    const cookie = signedCookie(tokenOf({ expiresIn: 60 }));
    expect(await whoIs(cookie)).toEqual(user);
    const { exp = 0 } = jwt.decode(tokenOf({ expiresIn: 60 })) as jwt.JwtPayload;
    const now = jest.spyOn(Date, 'now');
    now.mockReturnValue((exp - 2) * 1000);
    expect(await whoIs(cookie)).toEqual(user);
    now.mockReturnValue((exp + 1) * 1000);
    expect(await whoIs(cookie)).toBeNull();
  });

  it('does not vouch for a cookie that was tampered with', async () => {
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

  it('is not known to a process with other keys', async () => {
    const whoIs = remembering();
    const cookie = await sessionCookie(user);
    expect(await whoIs(cookie)).toEqual(user);
    const rotated = serve({ ...testSessions, SESSION_KEYS: [OTHER_KEY] });
    expect((await rotated.get('/api/who').set('Cookie', cookie)).body).toEqual({ currentUser: null });
  });

  it('can still be ended, or give way to another', async () => {
    const api = serve();
    const cookie = await sessionCookie(randomUser());
    await api.get('/api/who').set('Cookie', cookie);
    const out = (await api.post('/api/who/out').set('Cookie', cookie)).get('Set-Cookie') ?? [];
    expect(out.map((line) => line.split('=')[0])).toEqual(['session', 'session.sig']);
    for (const line of out) expect(line).toMatch(/expires=Thu, 01 Jan 1970/i);
    const fresh = (await api.post('/api/who/in').set('Cookie', cookie)).get('Set-Cookie') ?? [];
    expect(await whoIs(fresh.map((line) => line.split(';')[0]).join('; '))).toEqual(user);
  });
});
