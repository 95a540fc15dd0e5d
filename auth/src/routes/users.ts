import {
  HttpError,
  accountOf,
  checkIdempotencyKey,
  endSession,
  idempotencyKey,
  input,
  logSecurityEvent,
  networkOf,
  rateLimit,
  startSession,
  unauthorized,
  validate,
} from '@ticketing/common';
import type { Logger, SessionOptions } from '@ticketing/common';
import type { CurrentUserView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { AuthContext } from '../context.ts';
import { signInLimit } from '../sign-in-limit.ts';
import { signIn as findUser } from '../use-cases/sign-in.ts';
import { signUp as createAccount } from '../use-cases/sign-up.ts';
import { api } from './api.ts';

export type UserRoutesConfig = SessionOptions & { RATE_LIMITS: boolean };

/** The routes to sign up, in and out, and to read the current user. What matters to security is logged. */
export function userRoutes(context: AuthContext, config: UserRoutesConfig, log: Logger): Router {
  const router = Router();
  const { signUp, signIn, signOut, show } = api.routes;
  const enabled = config.RATE_LIMITS;
  const perAddress = rateLimit({ enabled, points: 30, seconds: 60 });
  const limitGuessing = signInLimit({ enabled });

  router.post(signUp.path, perAddress, checkIdempotencyKey, validate(signUp), async (req, res) => {
    const { email, password } = input<typeof signUp>(req);
    const created = createAccount(context, { email, password, key: idempotencyKey(req) });
    const user = await created.catch((error: unknown) => {
      const code = error instanceof HttpError ? error.problems[0]?.code : undefined;
      logSecurityEvent(log, req, 'user_create_fail', { outcome: 'failure', account: accountOf(email), code });
      throw error;
    });
    startSession(req, user, config);
    logSecurityEvent(log, req, 'user_created', { outcome: 'success', userId: user.id });
    res.status(201).json(user);
  });

  router.post(signIn.path, perAddress, checkIdempotencyKey, validate(signIn), async (req, res) => {
    const { email, password } = input<typeof signIn>(req);
    const user = await limitGuessing(email, networkOf(req), () => findUser(context, email, password));
    // The same response in both cases, so that it does not reveal whether the address has an account.
    if (user === undefined) {
      logSecurityEvent(log, req, 'authn_login_fail', { outcome: 'failure', account: accountOf(email) });
      throw unauthorized('invalid-credentials', 'Incorrect email address or password.');
    }
    startSession(req, user, config);
    logSecurityEvent(log, req, 'authn_login_success', { outcome: 'success', userId: user.id });
    res.json(user);
  });

  router.post(signOut.path, checkIdempotencyKey, (req, res) => {
    endSession(req, config);
    if (req.currentUser) logSecurityEvent(log, req, 'session_ended', { outcome: 'success' });
    res.json({});
  });

  router.get(show.path, (req, res) => {
    const answer: CurrentUserView = { currentUser: req.currentUser ?? null };
    res.json(answer);
  });

  return router;
}
