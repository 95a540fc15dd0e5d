import { ServerResponse } from 'node:http';
import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import cookieSession from 'cookie-session';
import type { Request, RequestHandler, Response } from 'express';
import jwt from 'jsonwebtoken';
import { unauthenticated } from '../errors.ts';
import type { CurrentUser } from '../shapes.ts';

declare module 'express-serve-static-core' {
  interface Request {
    currentUser?: CurrentUser;
  }
}

/** The settings of sessions; see `sessionSettings`. */
export interface SessionOptions {
  SESSION_KEYS: string[];
  SESSION_SECONDS: number;
  COOKIE_SECURE: boolean;
}

const ISSUER = 'ticketing';
const ALGORITHM = 'HS256';

// The cookie and the token are signed with different keys, each derived from the one secret for its purpose.
const derive = (key: string, use: string): string => createHmac('sha256', key).update(use).digest('base64url');

// A KeyObject: given a string, jsonwebtoken first tries to parse it as a public key, on every call.
const tokenKey = (key: string): KeyObject => createSecretKey(derive(key, 'token'), 'utf8');

/** Identifies a key in a token's header without revealing anything about it. */
const keyId = (key: string): string => derive(key, 'key-id').slice(0, 8);

const cookieHandler = (options: SessionOptions): RequestHandler =>
  cookieSession({
    name: 'session',
    keys: options.SESSION_KEYS.map((key) => derive(key, 'cookie')),
    httpOnly: true,
    sameSite: 'lax',
    secure: options.COOKIE_SECURE,
    maxAge: options.SESSION_SECONDS * 1000,
  });

/** How many verified sessions a process caches before it clears the cache, and the longest Cookie header that it caches. */
const MAX_CACHED_SESSIONS = 2000;
const MAX_CACHED_COOKIE_LENGTH = 2000;

/**
 * Reads the session: a JSON Web Token in a signed, HttpOnly, SameSite=Lax cookie named `session`. Sets
 * `req.currentUser` when the token is valid, and leaves it undefined otherwise. A verified session is cached by its Cookie
 * header until it expires, because the keys of a process never change.
 */
export function session(options: SessionOptions): RequestHandler {
  const readCookie = cookieHandler(options);
  const keys = new Map(options.SESSION_KEYS.map((key) => [keyId(key), tokenKey(key)]));
  const verified = new Map<string, Session>();
  return (req, res, next) => {
    const { cookie = '' } = req.headers;
    const known = verified.get(cookie);
    if (known && Date.now() < known.endsAt) req.currentUser = known.user;
    if (known || cookie === '') {
      next();
      return;
    }
    readCookie(req, res, () => {
      const found = readToken((req.session as { token?: unknown } | null)?.token, keys);
      if (found) req.currentUser = found.user;
      if (found && cookie.length <= MAX_CACHED_COOKIE_LENGTH) {
        if (verified.size >= MAX_CACHED_SESSIONS) verified.clear();
        verified.set(cookie, found);
      }
      next();
    });
  };
}

interface Session {
  user: Readonly<CurrentUser>;
  /** In milliseconds since the epoch. */
  endsAt: number;
}

function readToken(token: unknown, keys: Map<string, KeyObject>): Session | undefined {
  if (typeof token !== 'string') return undefined;
  try {
    const key = keys.get(jwt.decode(token, { complete: true })?.header.kid ?? '');
    if (key === undefined) return undefined;
    const claims = jwt.verify(token, key, { algorithms: [ALGORITHM], issuer: ISSUER, audience: ISSUER });
    if (typeof claims === 'string' || typeof claims.sub !== 'string' || typeof claims['email'] !== 'string')
      return undefined;
    if (claims.exp === undefined) return undefined;
    return { user: Object.freeze({ id: claims.sub, email: claims['email'] }), endsAt: claims.exp * 1000 };
  } catch {
    return undefined;
  }
}

/** Starts a session for `user`: the response sets the cookie. */
export function startSession(req: Request, user: CurrentUser, options: SessionOptions): void {
  const key = options.SESSION_KEYS[0] ?? '';
  const token = jwt.sign({ email: user.email }, tokenKey(key), {
    algorithm: ALGORITHM,
    keyid: keyId(key),
    subject: user.id,
    issuer: ISSUER,
    audience: ISSUER,
    expiresIn: options.SESSION_SECONDS,
    jwtid: randomUUID(),
  });
  writeCookie(req, { token }, options);
}

/** Ends the session: the response removes the cookie. */
export const endSession = (req: Request, options: SessionOptions): void => {
  writeCookie(req, null, options);
};

/**
 * Adds the session's cookies to the response, as Secure when that is configured, whatever the protocol of the last hop. Throws
 * when they can't be written, so that no response claims a session that does not exist.
 */
function writeCookie(req: Request, value: { token: string } | null, options: SessionOptions): void {
  if (!req.res) throw new Error('a request without a response can not set a cookie');
  // cookie-session refuses to send a Secure cookie over a hop without TLS, such as the one behind a proxy that terminates TLS.
  const asVisitorSent = Object.create(req, {
    protocol: { value: options.COOKIE_SECURE ? 'https' : req.protocol },
  }) as Request;
  // It also swallows errors while the head of a response is written, so the cookies are taken from a response that is never sent.
  const draft = new ServerResponse(req);
  cookieHandler(options)(asVisitorSent, draft as Response, () => {
    asVisitorSent.session = value;
  });
  const cookies = draft.writeHead(200).getHeader('Set-Cookie');
  if (!Array.isArray(cookies)) throw new Error('the session cookie could not be written');
  req.res.append('Set-Cookie', cookies);
}

/** The user of the session. Throws a 401 when there is none. */
export function requireUser(req: Request): CurrentUser {
  if (req.currentUser === undefined) throw unauthenticated();
  return req.currentUser;
}

/** Answers 401 to a request without a session. Put it before validation, so that strangers learn nothing. */
export const requireAuth: RequestHandler = (req, _res, next) => {
  requireUser(req);
  next();
};
