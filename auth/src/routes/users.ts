import {
  endSession,
  input,
  matching,
  rateLimit,
  required,
  startSession,
  unauthorized,
  validate,
} from '@ticketing/common';
import type { SessionOptions, Test } from '@ticketing/common';
import { Router } from 'express';
import { body } from 'express-validator';
import type { AuthContext } from '../context.ts';
import type { User } from '../models/user.ts';
import { isGoodPassword, isPassword, passwordMatches } from '../passwords.ts';
import { signUp } from '../use-cases/sign-up.ts';

export type UserRoutesConfig = SessionOptions & { RATE_LIMITS: boolean };

const EMAIL =
  /^[^\s\p{C}@"(),:;<>[\\\]]{1,64}@(?=.{4,253}$)([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;

const isEmail: Test = (value) => matching(EMAIL, 'an e-mail address')(typeof value === 'string' ? value.trim() : value);
const lowerCase = (value: string): string => value.trim().toLowerCase();
const email = () => required(body('email'), isEmail, lowerCase);

interface Credentials {
  email: string;
  password: string;
}

/** The routes to sign up, in and out, and to read the current user. */
export function userRoutes(context: AuthContext, config: UserRoutesConfig): Router {
  const router = Router();
  const enabled = config.RATE_LIMITS;
  const perAddress = rateLimit({ enabled, points: 30, seconds: 60 });
  // Limits guessing one account's password from many addresses.
  const perAccount = rateLimit({ enabled, points: 10, seconds: 60, keyOf: (req) => input<Credentials>(req).email });

  router.post(
    '/signup',
    perAddress,
    validate(email(), required(body('password'), isGoodPassword)),
    async (req, res) => {
      const { email, password } = input<Credentials>(req);
      const user = await signUp(context, email, password);
      startSession(req, user, config);
      res.status(201).json(user);
    },
  );

  router.post(
    '/signin',
    perAddress,
    validate(email(), required(body('password'), isPassword)),
    perAccount,
    async (req, res) => {
      const { email, password } = input<Credentials>(req);
      const user = await context.users.findOne({ email }).lean<User>().exec();
      // The same answer for both, so that it does not reveal who has an account.
      if (!(await passwordMatches(user?.passwordHash, password)) || user === null)
        throw unauthorized('invalid-credentials', 'Incorrect email address or password.');
      startSession(req, { id: user._id, email }, config);
      res.json({ id: user._id, email });
    },
  );

  router.post('/signout', (req, res) => {
    endSession(req, config);
    res.json({});
  });

  router.get('/currentuser', (req, res) => {
    res.json({ currentUser: req.currentUser ?? null });
  });

  return router;
}
