import {
  HttpError,
  accountOf,
  checkIdempotencyKey,
  idempotencyKey,
  input,
  logSecurityEvent,
  networkOf,
  notFound,
  rateLimit,
  requireAuth,
  requireUser,
  unauthorized,
  validate,
} from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import type { CurrentUserView, SessionList } from '@ticketing/common/shapes';
import type { Logger } from '@ticketing/runtime';
import { Router } from 'express';
import type { Request } from 'express';
import { browserOf } from '../browser.ts';
import type { AuthContext } from '../context.ts';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts';
import type { CookieOptions } from '../session-cookie.ts';
import { endSession, endSessions, liveSession } from '../sessions.ts';
import type { Session } from '../sessions.ts';
import { signInLimit } from '../sign-in-limit.ts';
import { signIn as findUser } from '../use-cases/sign-in.ts';
import { signUp as createAccount } from '../use-cases/sign-up.ts';
import { startSession } from '../use-cases/start-session.ts';
import { addAccountRoutes } from './account.ts';
import { api } from './api.ts';

export type UserRoutesConfig = CookieOptions & { RATE_LIMITS: boolean };

/**
 * The routes to sign up, in and out, to read the current user, and to list and end sessions. What matters to security is logged.
 */
export function userRoutes(context: AuthContext, config: UserRoutesConfig, log: Logger): Router {
  const router = Router();
  const { signUp, signIn, signOut, show, sessions, endSession: endOne, endSessions: endAll } = api.routes;
  const enabled = config.RATE_LIMITS;
  const perAddress = rateLimit({ enabled, points: 30, seconds: 60 });
  const limitGuessing = signInLimit({ enabled });

  async function signInTo(req: Request, user: CurrentUser): Promise<Session> {
    const { currentUser: previous, sessionId } = req;
    const session = await startSession(context, user, {
      network: networkOf(req),
      browser: browserOf(req.get('User-Agent')),
    });
    // This browser can't use it any more.
    if (previous && sessionId !== undefined) await endSession(context, previous.id, sessionId);
    return session;
  }

  router.post(signUp.path, perAddress, checkIdempotencyKey, validate(signUp), async (req, res) => {
    const { email, password } = input<typeof signUp>(req);
    const created = createAccount(context, { email, password, key: idempotencyKey(req) });
    const user = await created.catch((error: unknown) => {
      const code = error instanceof HttpError ? error.problems[0]?.code : undefined;
      logSecurityEvent(log, req, 'user_create_fail', { outcome: 'failure', account: accountOf(email), code });
      throw error;
    });
    setSessionCookie(req, user, await signInTo(req, user), config);
    logSecurityEvent(log, req, 'user_created', { outcome: 'success', userId: user.id });
    res.status(201).json(user);
  });

  router.post(signIn.path, perAddress, checkIdempotencyKey, validate(signIn), async (req, res) => {
    const { email, password } = input<typeof signIn>(req);
    const found = await limitGuessing(email, networkOf(req), () => findUser(context, email, password));
    // The same response in both cases, so that it does not reveal whether the address has an account.
    const refused = () => {
      logSecurityEvent(log, req, 'authn_login_fail', { outcome: 'failure', account: accountOf(email) });
      return unauthorized('invalid-credentials', 'Incorrect email address or password.');
    };
    if (found === undefined) throw refused();
    const { user, passwordHash } = found;
    const session = await signInTo(req, user);
    // A change of the password ends the sessions that it finds. This one may have started after that, by the former password.
    if (!(await context.users.exists({ _id: user.id, passwordHash }))) {
      await endSession(context, user.id, session.id);
      throw refused();
    }
    setSessionCookie(req, user, session, config);
    logSecurityEvent(log, req, 'authn_login_success', { outcome: 'success', userId: user.id });
    res.json(user);
  });

  router.post(signOut.path, checkIdempotencyKey, async (req, res) => {
    const { currentUser, sessionId } = req;
    if (currentUser && sessionId !== undefined) await endSession(context, currentUser.id, sessionId);
    clearSessionCookie(req, config);
    if (currentUser) logSecurityEvent(log, req, 'session_ended', { outcome: 'success' });
    res.json({});
  });

  router.get(sessions.path, requireAuth, async (req, res) => {
    const found = await context.sessions.find(requireUser(req).id);
    const live = (found?.sessions ?? []).filter(({ id }) => liveSession(found, id, context.config, context.now()));
    const answer: SessionList = {
      sessions: live
        .sort((a, b) => (a.usedAt > b.usedAt ? -1 : 1))
        .map((session) => ({ ...session, isCurrent: session.id === req.sessionId })),
    };
    res.json(answer);
  });

  router.delete(endOne.path, requireAuth, validate(endOne), async (req, res) => {
    const { id } = input<typeof endOne>(req);
    if (!(await endSession(context, requireUser(req).id, id)))
      throw notFound('session-not-found', 'There is no such session.');
    if (id === req.sessionId) clearSessionCookie(req, config);
    logSecurityEvent(log, req, 'session_ended', { outcome: 'success' });
    res.status(204).end();
  });

  router.delete(endAll.path, requireAuth, validate(endAll), async (req, res) => {
    const keepsCurrent = input<typeof endAll>(req).except === 'current';
    await endSessions(context, requireUser(req).id, keepsCurrent ? { except: req.sessionId } : {});
    if (!keepsCurrent) clearSessionCookie(req, config);
    logSecurityEvent(log, req, 'session_ended', { outcome: 'success' });
    res.status(204).end();
  });

  addAccountRoutes(router, context, config, log, perAddress);

  router.get(show.path, (req, res) => {
    const answer: CurrentUserView = { currentUser: req.currentUser ?? null };
    res.json(answer);
  });

  return router;
}
