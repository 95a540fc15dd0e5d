import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import cookieSession from 'cookie-session';
import type { Express, Request, RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { unauthenticated } from '../errors.ts';
import type { CurrentUser } from '../shapes.ts';
import { createApi } from './api.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { limitRequests } from './rate-limit.ts';
import { requireSameOrigin } from './same-origin.ts';

declare module 'express-serve-static-core' {
  interface Request {
    currentUser?: CurrentUser;
    /** The id of the session of `currentUser`. */
    sessionId?: string;
  }
}

/** The settings of sessions; see `sessionSettings`. */
export interface SessionOptions {
  SESSION_PUBLIC_KEYS: KeyObject[];
  COOKIE_SECURE: boolean;
}

/** What the token of every session has in common. */
export const sessionToken = { algorithm: 'ES256', issuer: 'ticketing', audience: 'ticketing' } as const;

/** Identifies a key in a token's header: the beginning of the hash of the public key. */
export const keyId = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url')
    .slice(0, 16);

/**
 * Reads and writes the cookie. Browsers take a name with the prefix `__Host-` only from this host, over HTTPS. The cookie has no
 * signature of its own, because its token has one that only auth can make.
 */
export const sessionCookieHandler = (
  { COOKIE_SECURE: secure }: Pick<SessionOptions, 'COOKIE_SECURE'>,
  maxAgeMs?: number,
): RequestHandler =>
  cookieSession({
    ...{ name: secure ? '__Host-session' : 'session', signed: false, httpOnly: true, sameSite: 'lax', secure },
    ...(maxAgeMs !== undefined && { maxAge: maxAgeMs }),
  });

/** How many verified sessions a process caches, those that were used last, and the longest Cookie header that it caches. */
const MAX_CACHED_SESSIONS = 2000;
const MAX_CACHED_COOKIE_LENGTH = 2000;

/**
 * Reads the session: a JSON Web Token in an HttpOnly, SameSite=Lax cookie. Sets `req.currentUser` and `req.sessionId` when the token is
 * valid and its session is not among `ended`, and leaves them undefined otherwise. A verified token is cached by its Cookie header
 * until it expires, because the keys of a process never change. Throws what `ended` throws.
 */
export function session(options: SessionOptions, ended: Pick<EndedSessions, 'has'>): RequestHandler {
  const readCookie = sessionCookieHandler(options);
  const keys = new Map(options.SESSION_PUBLIC_KEYS.map((key) => [keyId(key), key]));
  const verified = new LRUCache<string, Session>({ max: MAX_CACHED_SESSIONS });
  const use = (req: Request, { user, id, endsAt }: Session): void => {
    if (Date.now() >= endsAt || ended.has(id)) return;
    req.currentUser = user;
    req.sessionId = id;
  };
  return (req, res, next) => {
    const { cookie = '' } = req.headers;
    const known = verified.get(cookie);
    if (known) use(req, known);
    if (known || cookie === '') {
      next();
      return;
    }
    readCookie(req, res, () => {
      const found = readToken((req.session as { token?: unknown } | null)?.token, keys);
      if (found) use(req, found);
      if (found && cookie.length <= MAX_CACHED_COOKIE_LENGTH) verified.set(cookie, found);
      next();
    });
  };
}

interface Session {
  user: Readonly<CurrentUser>;
  id: string;
  /** In milliseconds since the epoch. */
  endsAt: number;
}

function readToken(token: unknown, keys: Map<string, KeyObject>): Session | undefined {
  if (typeof token !== 'string') return undefined;
  try {
    const key = keys.get(jwt.decode(token, { complete: true })?.header.kid ?? '');
    if (key === undefined) return undefined;
    const { algorithm, issuer, audience } = sessionToken;
    const claims = jwt.verify(token, key, { algorithms: [algorithm], issuer, audience });
    if (typeof claims === 'string' || typeof claims.sub !== 'string' || typeof claims['email'] !== 'string')
      return undefined;
    if (claims.exp === undefined || typeof claims.jti !== 'string') return undefined;
    const confirmed = claims['confirmed'] === true && { confirmed: true as const };
    const user = Object.freeze({ id: claims.sub, email: claims['email'], ...confirmed });
    return { user, id: claims.jti, endsAt: claims.exp * 1000 };
  } catch {
    return undefined;
  }
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

/**
 * Creates an API whose routes need a session, as `createApi` does. Before its middleware and its routes it refuses the requests of other
 * sites, reads the session, and limits each client.
 */
export const createSessionApi = (
  config: SessionOptions & { RATE_LIMITS: boolean },
  ended: Pick<EndedSessions, 'has'>,
  { middleware = [], ...options }: Parameters<typeof createApi>[0],
): Express =>
  createApi({
    ...options,
    middleware: [requireSameOrigin, session(config, ended), limitRequests(config.RATE_LIMITS), ...middleware],
  });
