import { createHash } from 'node:crypto';
import type { AuthContext } from '../context.ts';

const MINUTE_MS = 60_000;
/** Longer than a mail is tried; after that its key means nothing. */
const FORGET_AFTER_MS = 24 * 60 * MINUTE_MS;

/** One request a minute sends a mail: a button that is pressed twice sends one. */
const minuteOf = (now: Date): number => Math.floor(now.getTime() / MINUTE_MS);

/**
 * Mails a link that confirms the address of an account, unless it is confirmed when the mail is written. One cause sends one mail; by
 * default that is a minute.
 */
export const mailConfirmation = (
  { mails, now }: AuthContext,
  userId: string,
  cause: string | number = minuteOf(now()),
): Promise<void> =>
  mails.add(`confirm:${userId}:${cause}`, [{ kind: 'confirm', userId }], { forgetAfterMs: FORGET_AFTER_MS });

/**
 * Mails a link to choose a new password to the account with this address. Whether there is one is looked up when the mail is written, so
 * the request takes the same time for every address.
 */
export function mailReset({ mails, now }: AuthContext, email: string): Promise<void> {
  const address = createHash('sha256').update(email).digest('hex');
  const key = `reset:${address}:${minuteOf(now())}`;
  return mails.add(key, [{ kind: 'reset', email }], { forgetAfterMs: FORGET_AFTER_MS });
}

/** Tells the owner of an account by mail that its password was changed. */
export const mailPasswordChanged = ({ mails, now }: AuthContext, userId: string): Promise<void> =>
  mails.add(`password-changed:${userId}:${now().getTime()}`, [{ kind: 'password-changed', userId }], {
    forgetAfterMs: FORGET_AFTER_MS,
  });
