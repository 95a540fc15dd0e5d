import {
  checkIdempotencyKey,
  endSession,
  idempotencyKey,
  input,
  rateLimit,
  startSession,
  unauthorized,
  validate,
} from '@ticketing/common';
import type { SessionOptions } from '@ticketing/common';
import type { CurrentUserView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { AuthContext } from '../context.ts';
import type { User } from '../models/user.ts';
import { passwordMatches } from '../passwords.ts';
import { signUp as createAccount } from '../use-cases/sign-up.ts';
import { api } from './api.ts';

export type UserRoutesConfig = SessionOptions & { RATE_LIMITS: boolean };

/** The routes to sign up, in and out, and to read the current user. */
export function userRoutes(context: AuthContext, config: UserRoutesConfig): Router {
  const router = Router();
  const { signUp, signIn, signOut, show } = api.routes;
  const enabled = config.RATE_LIMITS;
  const perAddress = rateLimit({ enabled, points: 30, seconds: 60 });
  // Limits guessing one account's password from many addresses.
  const perAccount = rateLimit({ enabled, points: 10, seconds: 60, keyOf: (req) => input<typeof signIn>(req).email });

  router.post(signUp.path, perAddress, checkIdempotencyKey, validate(signUp), async (req, res) => {
    const user = await createAccount(context, { ...input<typeof signUp>(req), key: idempotencyKey(req) });
    startSession(req, user, config);
    res.status(201).json(user);
  });

  router.post(signIn.path, perAddress, checkIdempotencyKey, validate(signIn), perAccount, async (req, res) => {
    const { email, password } = input<typeof signIn>(req);
    const user = await context.users.findOne({ email }).lean<User>().exec();
    // The same response in both cases, so that it does not reveal whether the address has an account.
    if (!(await passwordMatches(user?.passwordHash, password)) || user === null)
      throw unauthorized('invalid-credentials', 'Incorrect email address or password.');
    startSession(req, { id: user._id, email }, config);
    res.json({ id: user._id, email });
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
