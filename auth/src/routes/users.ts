import {
  checkIdempotencyKey,
  endSession,
  idempotencyKey,
  input,
  networkOf,
  rateLimit,
  startSession,
  unauthorized,
  validate,
} from '@ticketing/common';
import type { SessionOptions } from '@ticketing/common';
import type { CurrentUserView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { AuthContext } from '../context.ts';
import { signInLimit } from '../sign-in-limit.ts';
import { signIn as findUser } from '../use-cases/sign-in.ts';
import { signUp as createAccount } from '../use-cases/sign-up.ts';
import { api } from './api.ts';

export type UserRoutesConfig = SessionOptions & { RATE_LIMITS: boolean };

/** The routes to sign up, in and out, and to read the current user. */
export function userRoutes(context: AuthContext, config: UserRoutesConfig): Router {
  const router = Router();
  const { signUp, signIn, signOut, show } = api.routes;
  const enabled = config.RATE_LIMITS;
  const perAddress = rateLimit({ enabled, points: 30, seconds: 60 });
  const limitGuessing = signInLimit({ enabled });

  router.post(signUp.path, perAddress, checkIdempotencyKey, validate(signUp), async (req, res) => {
    const user = await createAccount(context, { ...input<typeof signUp>(req), key: idempotencyKey(req) });
    startSession(req, user, config);
    res.status(201).json(user);
  });

  router.post(signIn.path, perAddress, checkIdempotencyKey, validate(signIn), async (req, res) => {
    const { email, password } = input<typeof signIn>(req);
    const user = await limitGuessing(email, networkOf(req), () => findUser(context, email, password));
    // The same response in both cases, so that it does not reveal whether the address has an account.
    if (user === undefined) throw unauthorized('invalid-credentials', 'Incorrect email address or password.');
    startSession(req, user, config);
    res.json(user);
  });

  router.post(signOut.path, checkIdempotencyKey, (req, res) => {
    endSession(req, config);
    res.json({});
  });

  router.get(show.path, (req, res) => {
    const answer: CurrentUserView = { currentUser: req.currentUser ?? null };
    res.json(answer);
  });

  return router;
}
