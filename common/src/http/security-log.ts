import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Logger } from '@ticketing/runtime';
import { networkOf } from './rate-limit.ts';

/** The events of the security log, named as in OWASP's logging vocabulary where that has a name. */
export const securityEvents = {
  user_created: 'an account was created',
  user_create_fail: 'an account was refused: there is one with this email address, or its password is not allowed',
  authn_login_success: 'a user signed in',
  authn_login_fail: 'a sign-in was refused: no account with this email address and password',
  session_ended: 'a user signed out, or ended sessions elsewhere',
  authn_password_change: 'a password was changed, by the signed-in user or by a mailed link',
  user_updated: 'the email address of an account was confirmed',
  user_deleted: 'an account was deleted',
  authz_fail: 'a request was refused with 403, such as a form of another site or the ticket of another seller',
  excess_rate_limit_exceeded: 'a request was refused with 429',
  authz_admin: 'a route for operators was called, on the admin port',
} as const satisfies Record<string, string>;

export type SecurityEvent = keyof typeof securityEvents;

export interface SecurityDetails {
  outcome: 'success' | 'failure';
  /** The user whom the event is about, if that is not the user of the session. */
  userId?: string;
  /** The account that a caller named without being signed in; see `accountOf`. */
  account?: string;
  /** The code of the error. */
  code?: string | undefined;
}

/** A name for an email address under which tries at one account can be counted, and which does not show the address. */
export const accountOf = (email: string): string => createHash('sha256').update(email).digest('hex').slice(0, 16);

/**
 * Logs what matters to security: who, from which network, what, with which outcome, and in which request. The path is without its
 * query, and nothing of the headers or the body is logged.
 */
export function logSecurityEvent(
  log: Logger,
  req: Request,
  event: SecurityEvent,
  { outcome, userId = req.currentUser?.id, account, code }: SecurityDetails,
): void {
  const path = req.originalUrl.split('?', 1)[0]?.slice(0, 200);
  // Not by the logger, which no longer knows it when the connection has closed.
  const requestId = req.res?.getHeader('X-Request-Id');
  log.info(
    { event, outcome, userId, account, network: networkOf(req), requestId, method: req.method, path, code },
    securityEvents[event],
  );
}
