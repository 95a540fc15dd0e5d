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

/** The settings by these names; see `sessionSettings`. */
export interface SessionOptions {
  SESSION_KEYS: string[];
  SESSION_SECONDS: number;
  COOKIE_SECURE: boolean;
}

const ISSUER = 'ticketing';
const ALGORITHM = 'HS256';

// The cookie's signature and the token's use the same secret for different ends, hence different keys made from it.
const derive = (key: string, use: string): string => createHmac('sha256', key).update(use).digest('base64url');

// A key object, for of a text jsonwebtoken tries first, every time, whether it is a public key.
const tokenKey = (key: string): KeyObject => createSecretKey(derive(key, 'token'), 'utf8');

/** Names a key in a token's header without telling anything about it. */
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

/** How many sessions a process remembers before it begins anew, and how long a Cookie header may be for that. */
const REMEMBERED = 2000;
const REMEMBERED_LENGTH = 2000;

/**
 * Reads the session: a JSON Web Token in a signed, HttpOnly, SameSite=Lax cookie named `session`. Sets
 * `req.currentUser` when the token is genuine and not expired, else leaves it out. What was found genuine once is so
 * until it expires, for the keys are those of the process: the same header is not verified again.
 */
export function session(options: SessionOptions): RequestHandler {
  const readCookie = cookieHandler(options);
  const keys = new Map(options.SESSION_KEYS.map((key) => [keyId(key), tokenKey(key)]));
  const genuine = new Map<string, Session>();
  return (req, res, next) => {
    const { cookie = '' } = req.headers;
    const known = genuine.get(cookie);
    if (known && Date.now() < known.endsAt) req.currentUser = known.user;
    if (known || cookie === '') {
      next();
      return;
    }
    readCookie(req, res, () => {
      const found = readToken((req.session as { token?: unknown } | null)?.token, keys);
      if (found) req.currentUser = found.user;
      if (found && cookie.length <= REMEMBERED_LENGTH) {
        if (genuine.size >= REMEMBERED) genuine.clear();
        genuine.set(cookie, found);
      }
      next();
    });
  };
}

interface Session {
  user: Readonly<CurrentUser>;
  /** In milliseconds, as Date.now() has it. */
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

/** Starts a session for `user`; the answer carries the cookie. */
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

/** Ends the session; the answer removes the cookie. */
export const endSession = (req: Request, options: SessionOptions): void => {
  writeCookie(req, null, options);
};

/**
 * Adds the session's cookies to the answer, as Secure where that is configured, whatever the last hop was. Throws when
 * they can't be written, so that nothing is answered that did not happen.
 */
function writeCookie(req: Request, value: { token: string } | null, options: SessionOptions): void {
  if (!req.res) throw new Error('a request without an answer has no cookie');
  // cookie-session refuses to send a Secure cookie over a hop without TLS, such as the one behind the proxy that ended it.
  const asVisitorSent = Object.create(req, {
    protocol: { value: options.COOKIE_SECURE ? 'https' : req.protocol },
  }) as Request;
  // And it hides what fails as the head of an answer is written: hence the head of an answer that is sent to nobody.
  const draft = new ServerResponse(req);
  cookieHandler(options)(asVisitorSent, draft as Response, () => {
    asVisitorSent.session = value;
  });
  const cookies = draft.writeHead(200).getHeader('Set-Cookie');
  if (!Array.isArray(cookies)) throw new Error('the session cookie could not be written');
  req.res.append('Set-Cookie', cookies);
}

/** Who is calling. Throws a 401 when there is no session. */
export function requireUser(req: Request): CurrentUser {
  if (req.currentUser === undefined) throw unauthenticated();
  return req.currentUser;
}

/** Answers 401 where there is no session, before anything else is looked at. */
export const signedIn: RequestHandler = (req, _res, next) => {
  requireUser(req);
  next();
};
