import type { CurrentUser } from '@ticketing/common';
import type { Request } from 'express';
import type { AuthContext } from './context.ts';
import { currentUserOf } from './models/user.ts';
import { setSessionCookie } from './session-cookie.ts';
import type { CookieOptions } from './session-cookie.ts';
import { liveSession } from './sessions.ts';

/**
 * Replaces the token of a request's session by one that shows the user as they are now, with the same end. Does nothing when the
 * session has ended. Throws a 503 when the store is unavailable.
 */
export async function renewSession(
  context: AuthContext,
  options: CookieOptions,
  req: Request,
  user: CurrentUser,
): Promise<void> {
  const session = liveSession(await context.sessions.find(user.id), req.sessionId ?? '', context.config, context.now());
  if (session) setSessionCookie(req, user, session, options);
}

/**
 * Renews the session of a visitor who has confirmed their address since its token was made, in whatever browser; resolves to the user
 * then, otherwise to undefined. Throws a 503 when the store is unavailable.
 */
export async function renewConfirmed(
  context: AuthContext,
  options: CookieOptions,
  req: Request,
): Promise<CurrentUser | undefined> {
  const { currentUser } = req;
  if (currentUser === undefined || currentUser.confirmed) return undefined;
  const found = await context.users.findById(currentUser.id).lean().exec();
  if (found?.confirmedAt === undefined) return undefined;
  const user = currentUserOf(found);
  await renewSession(context, options, req, user);
  return user;
}
