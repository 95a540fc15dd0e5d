import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createApi, keyId, requireAuth, requireUser, session } from '@ticketing/common';
import type { SessionOptions } from '@ticketing/common';
import { apiOptions, randomUser, sessionCookie, testKeys, testSessions } from '@ticketing/core/testing';
import { Router } from 'express';
import jwt from 'jsonwebtoken';
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject, KeyPairKeyObjectResult } from 'node:crypto';
import request from 'supertest';

const user = randomUser();
const otherKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A service that returns the user of the session. */
function serve(options: SessionOptions = testSessions, ended = new Set<string>()) {
  const router = Router();
  router.get('/', (req, res) => {
    res.json({ currentUser: req.currentUser ?? null });
  });
  router.get('/mine', requireAuth, (req, res) => {
    res.json(requireUser(req));
  });
  return request(
    createApi({
      ...apiOptions(),
      middleware: [session(options, ended)],
      routes: { '/api/who': router },
    }),
  );
}

async function userOf(cookie: string, options?: SessionOptions): Promise<unknown> {
  const answer = await serve(options).get('/api/who').set('Cookie', cookie);
  expect(answer.status).toBe(200);
  return (answer.body as { currentUser: unknown }).currentUser;
}

/** A cookie as auth sets it around any token, so that only the token can be the reason to reject it. */
const cookieWith = (token: unknown): string => `session=${Buffer.from(JSON.stringify({ token })).toString('base64')}`;

const genuine = { keyid: keyId(testKeys.publicKey), issuer: 'ticketing', audience: 'ticketing' };

function tokenOf(
  changes: jwt.SignOptions = {},
  key: KeyObject = testKeys.privateKey,
  claims: object = { email: user.email },
): string {
  return jwt.sign(claims, key, {
    ...{ ...genuine, algorithm: 'ES256', subject: user.id, jwtid: 'a-session', expiresIn: 60 },
    ...changes,
  });
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a session', () => {
  it('identifies the user', async () => {
    expect(await userOf(await sessionCookie(user))).toEqual(user);
  });

  it('is in a cookie that only this host can set where cookies are Secure', async () => {
    const cookie = await sessionCookie(user);
    const options = { ...testSessions, COOKIE_SECURE: true };
    expect(await userOf(`__Host-${cookie}`, options)).toEqual(user);
    expect(await userOf(cookie, options)).toBeNull();
    expect(await userOf(`__Host-${cookie}`)).toBeNull();
  });

  it('is not set again by later responses', async () => {
    const answer = await serve()
      .get('/api/who')
      .set('Cookie', await sessionCookie(user));
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it('is refused when it has ended, by a process that has verified it before as well', async () => {
    const ended = new Set<string>();
    const api = serve(testSessions, ended);
    const [one, other] = [await sessionCookie(user, { sessionId: 'one' }), await sessionCookie(user)];
    const current = async (cookie: string) => (await api.get('/api/who').set('Cookie', cookie)).body as unknown;
    expect(await current(one)).toEqual({ currentUser: user });
    ended.add('one');
    expect(await current(one)).toEqual({ currentUser: null });
    expect((await api.get('/api/who/mine').set('Cookie', one)).status).toBe(401);
    expect(await current(other)).toEqual({ currentUser: user });
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
    expect(await userOf(cookieWith(tokenOf()))).toEqual(user);
  });

  it('is rejected when its value was changed', async () => {
    const cookie = await sessionCookie(user);
    expect(await userOf(cookie.slice(0, -8))).toBeNull();
    expect(await userOf(cookie.replace('session=', 'session=x'))).toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['an object', { $gt: '' }],
    ['text that is not a token', 'x.y.z'],
    ['an empty text', ''],
  ])('is rejected when it holds %s instead of a token', async (_, token) => {
    expect(await userOf(cookieWith(token))).toBeNull();
  });

  it('is rejected when it is not JSON', async () => {
    expect(await userOf('session=%%%')).toBeNull();
    expect(await userOf(`session=${Buffer.from('not JSON').toString('base64')}`)).toBeNull();
  });
});

describe('a token', () => {
  const [head = '', claims = '', signature = ''] = tokenOf().split('.');
  const claimed = {
    ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
    sub: randomUser().id,
  };

  /** The public key as the secret of an HMAC, which a verifier that trusts the token's own algorithm accepts. */
  const publicAsSecret = createSecretKey(Buffer.from(testKeys.publicKey.export({ format: 'pem', type: 'spki' })));
  const otherAlgorithm = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;

  it.each([
    ['with other claims', `${head}.${part(claimed)}.${signature}`],
    ['without a signature', `${head}.${claims}.`],
    ['with the algorithm none', `${part({ alg: 'none', typ: 'JWT', kid: genuine.keyid })}.${claims}.`],
    ['signed with the public key as the secret of an HMAC', tokenOf({ algorithm: 'HS256' }, publicAsSecret)],
    ['with another algorithm', tokenOf({ algorithm: 'ES384' }, otherAlgorithm)],
    ['of another issuer', tokenOf({ issuer: 'elsewhere' })],
    ['for another audience', tokenOf({ audience: 'elsewhere' })],
    ['that has expired', tokenOf({ expiresIn: -1 })],
    ['that is not valid yet', tokenOf({ notBefore: 3600, expiresIn: 7200 })],
    ['by another key with the id of the right one', tokenOf({}, otherKeys.privateKey)],
    ['by an unknown key', tokenOf({ keyid: keyId(otherKeys.publicKey) }, otherKeys.privateKey)],
    ['without a key id', tokenOf({ keyid: '' })],
    ['with __proto__ as key id', tokenOf({ keyid: '__proto__' })],
    ['without an e-mail address', tokenOf({}, testKeys.privateKey, {})],
    ['with an address that is not text', tokenOf({}, testKeys.privateKey, { email: { $gt: '' } })],
  ])('%s is rejected', async (_, token) => {
    expect(await userOf(cookieWith(token))).toBeNull();
  });

  it.each([
    ['an expiry', { subject: user.id, jwtid: 'a-session' }],
    ['a subject', { jwtid: 'a-session', expiresIn: 60 }],
    ['the id of a session', { subject: user.id, expiresIn: 60 }],
  ] as const)('without %s is rejected', async (_, rest) => {
    const token = jwt.sign({ email: user.email }, testKeys.privateKey, { ...genuine, algorithm: 'ES256', ...rest });
    expect(await userOf(cookieWith(token))).toBeNull();
  });
});

describe('rotated keys', () => {
  const accepting = (...keys: KeyPairKeyObjectResult[]) => ({
    ...testSessions,
    SESSION_PUBLIC_KEYS: keys.map(({ publicKey }) => publicKey),
  });

  it('accept sessions signed by the old key while it is listed', async () => {
    const old = await sessionCookie(user);
    expect(await userOf(old, accepting(otherKeys, testKeys))).toEqual(user);
  });

  it('reject sessions signed by the old key once it is dropped', async () => {
    const old = await sessionCookie(user);
    expect(await userOf(old, accepting(otherKeys))).toBeNull();
  });

  it('accept sessions signed by a new key, wherever it is listed', async () => {
    const fresh = await sessionCookie(user, { keys: otherKeys });
    expect(await userOf(fresh, accepting(testKeys, otherKeys))).toEqual(user);
    expect(await userOf(fresh, accepting(testKeys))).toBeNull();
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
    const token = tokenOf({ expiresIn: 3600 });
    const cookie = cookieWith(token);
    expect(await userOf(cookie)).toEqual(user);
    const { exp = 0 } = jwt.decode(token) as jwt.JwtPayload;
    const now = jest.spyOn(Date, 'now');
    now.mockReturnValue((exp - 2) * 1000);
    expect(await userOf(cookie)).toEqual(user);
    now.mockReturnValue((exp + 1) * 1000);
    expect(await userOf(cookie)).toBeNull();
  });

  it('does not validate a cookie that was tampered with', async () => {
    const api = serve();
    const cookie = await sessionCookie(user);
    for (const sent of [cookie, cookie.slice(0, -8), cookie.replace('=', '=x'), cookie]) {
      const answer = await api.get('/api/who').set('Cookie', sent);
      expect(answer.body).toEqual({ currentUser: sent === cookie ? user : null });
    }
  });

  it('is rejected by a process with other keys', async () => {
    const userOf = cachingService();
    const cookie = await sessionCookie(user);
    expect(await userOf(cookie)).toEqual(user);
    const rotated = serve({ ...testSessions, SESSION_PUBLIC_KEYS: [otherKeys.publicKey] });
    expect((await rotated.get('/api/who').set('Cookie', cookie)).body).toEqual({ currentUser: null });
  });
});
