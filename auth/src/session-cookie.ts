import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ServerResponse } from 'node:http';
import { keyId, sessionCookieHandler, sessionToken } from '@ticketing/common';
import type { CurrentUser, SessionOptions } from '@ticketing/common';
import type { Request, Response } from 'express';
import jwt from 'jsonwebtoken';
import type { Session } from './sessions.ts';

/** The settings with which auth makes tokens: the first key signs. */
export interface CookieOptions {
  SESSION_KEYS: KeyObject[];
  COOKIE_SECURE: boolean;
}

/** The settings with which auth reads what it made, as every service does. */
export const readOptions = ({ SESSION_KEYS, COOKIE_SECURE }: CookieOptions): SessionOptions => ({
  SESSION_PUBLIC_KEYS: SESSION_KEYS.map((key) => createPublicKey(key)),
  COOKIE_SECURE,
});

/** Adds the cookie of a session to the response. Throws when it can't be written. */
export function setSessionCookie(req: Request, user: CurrentUser, session: Session, options: CookieOptions): void {
  const [key] = options.SESSION_KEYS;
  if (key === undefined) throw new Error('there is no key to sign a token with');
  const endsAt = Date.parse(session.endsAt);
  const { email, confirmed } = user;
  const token = jwt.sign({ email, ...(confirmed && { confirmed }), exp: Math.floor(endsAt / 1000) }, key, {
    ...{ ...sessionToken, keyid: keyId(createPublicKey(key)), subject: user.id, jwtid: session.id },
  });
  writeCookie(req, { token }, options, endsAt - Date.now());
}

/** Removes the cookie of the session with the response. Throws when that can't be written. */
export const clearSessionCookie = (req: Request, options: CookieOptions): void => {
  writeCookie(req, null, options);
};

/**
 * Adds the cookie to the response, as Secure when that is configured, whatever the protocol of the last hop. Throws when it can't be
 * written, so that no response claims a session that does not exist.
 */
function writeCookie(req: Request, value: { token: string } | null, options: CookieOptions, maxAgeMs?: number): void {
  if (!req.res) throw new Error('a request without a response can not set a cookie');
  // cookie-session refuses to send a Secure cookie over a hop without TLS, such as the one behind a proxy that terminates TLS.
  const asVisitorSent = Object.create(req, {
    protocol: { value: options.COOKIE_SECURE ? 'https' : req.protocol },
  }) as Request & { session: typeof value };
  // It also swallows errors while the head of a response is written, so the cookie is taken from a response that is never sent.
  const draft = new ServerResponse(req);
  sessionCookieHandler(options, maxAgeMs)(asVisitorSent, draft as Response, () => {
    asVisitorSent.session = value;
  });
  const cookies = draft.writeHead(200).getHeader('Set-Cookie');
  if (!Array.isArray(cookies)) throw new Error('the session cookie could not be written');
  req.res.append('Set-Cookie', cookies);
}
