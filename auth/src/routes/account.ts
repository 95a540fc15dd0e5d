import {
  checkIdempotencyKey,
  forbidden,
  input,
  logSecurityEvent,
  networkOf,
  notFound,
  rateLimit,
  requireAuth,
  requireUser,
  validate,
} from '@ticketing/common';
import type { AccountView } from '@ticketing/common/shapes';
import type { Logger } from '@ticketing/runtime';
import type { Request, RequestHandler, Router } from 'express';
import type { AuthContext } from '../context.ts';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts';
import { liveSession } from '../sessions.ts';
import { signInLimit } from '../sign-in-limit.ts';
import { mailConfirmation, mailReset } from '../use-cases/account-mails.ts';
import { changePassword as change } from '../use-cases/change-password.ts';
import { confirmAddress } from '../use-cases/confirm-address.ts';
import { deleteAccount as remove } from '../use-cases/delete-account.ts';
import { resetPassword as reset } from '../use-cases/reset-password.ts';
import { accountRoutes } from './account-api.ts';
import type { UserRoutesConfig } from './users.ts';

/** How many mails an address can be sent on request, so that nobody can fill a mailbox. Within 15 minutes a link still works. */
const MAILS = { points: 5, seconds: 900 };

/** Adds the routes of the account and of mailed links. `perNetwork` limits the requests of strangers. */
export function addAccountRoutes(
  router: Router,
  context: AuthContext,
  config: UserRoutesConfig,
  log: Logger,
  perNetwork: RequestHandler,
): void {
  const { account, sendConfirmation, confirm, forgotten, resetPassword, changePassword, deleteAccount } = accountRoutes;
  const enabled = config.RATE_LIMITS;
  const perUser = rateLimit({ enabled, ...MAILS, keyOf: (req) => requireUser(req).id });
  const perAddress = rateLimit({ enabled, ...MAILS, keyOf: (req) => input<typeof forgotten>(req).email });
  const limitGuessing = signInLimit({ enabled });

  /** Runs what needs the user's password, with limited tries. Throws a 403 when `attempt` resolves to undefined: `field` is wrong. */
  async function withPassword(
    req: Request,
    field: string,
    attempt: (userId: string) => Promise<true | undefined>,
  ): Promise<void> {
    const { id } = requireUser(req);
    const isRight = await limitGuessing(id, networkOf(req), () => attempt(id));
    if (isRight === undefined) throw forbidden('wrong-password', 'This is not your password.', { field });
  }

  router.get(account.path, requireAuth, async (req, res) => {
    const user = await context.users.findById(requireUser(req).id).lean().exec();
    if (user === null) throw notFound('account-not-found', 'This account was deleted.');
    const { _id: id, email, confirmedAt, createdAt } = user;
    const answer: AccountView = { id, email, confirmed: confirmedAt !== undefined, createdAt };
    res.json(answer);
  });

  router.post(sendConfirmation.path, requireAuth, perUser, checkIdempotencyKey, async (req, res) => {
    await mailConfirmation(context, requireUser(req).id);
    res.status(202).json({});
  });

  router.post(confirm.path, perNetwork, checkIdempotencyKey, validate(confirm), async (req, res) => {
    const user = await confirmAddress(context, input<typeof confirm>(req).token);
    logSecurityEvent(log, req, 'user_updated', { outcome: 'success', userId: user.id });
    // Their session in this browser shows it at once, in others from the next sign-in on.
    const { currentUser, sessionId = '' } = req;
    const own = currentUser?.id === user.id ? await context.sessions.find(user.id) : null;
    const session = liveSession(own, sessionId, context.config, context.now());
    if (session) setSessionCookie(req, user, session, config);
    res.json({});
  });

  router.post(forgotten.path, perNetwork, checkIdempotencyKey, validate(forgotten), perAddress, async (req, res) => {
    await mailReset(context, input<typeof forgotten>(req).email);
    res.status(202).json({});
  });

  router.post(resetPassword.path, perNetwork, checkIdempotencyKey, validate(resetPassword), async (req, res) => {
    // Without a session: signing in with the new password shows that it is the one that was meant.
    const userId = await reset(context, input<typeof resetPassword>(req));
    logSecurityEvent(log, req, 'authn_password_change', { outcome: 'success', userId });
    res.json({});
  });

  router.put(changePassword.path, requireAuth, validate(changePassword), async (req, res) => {
    const { currentPassword, password } = input<typeof changePassword>(req);
    const { sessionId } = req;
    await withPassword(req, 'currentPassword', (userId) =>
      change(context, { userId, sessionId, currentPassword, password }),
    );
    logSecurityEvent(log, req, 'authn_password_change', { outcome: 'success' });
    res.json({});
  });

  router.post(deleteAccount.path, requireAuth, checkIdempotencyKey, validate(deleteAccount), async (req, res) => {
    const { password } = input<typeof deleteAccount>(req);
    await withPassword(req, 'password', (userId) => remove(context, { userId, password }));
    clearSessionCookie(req, config);
    logSecurityEvent(log, req, 'user_deleted', { outcome: 'success' });
    res.json({});
  });
}
