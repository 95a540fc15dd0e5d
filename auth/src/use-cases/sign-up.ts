import { createHash } from 'node:crypto';
import { HttpError, conflict } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import { isDuplicateKey } from '@ticketing/core';
import { Types, trusted } from 'mongoose';
import type { AuthContext } from '../context.ts';
import type { User } from '../models/user.ts';
import { addressProblem } from '../password-rules.ts';
import { hashPassword, passwordMatches } from '../passwords.ts';
import { spellingsOf } from '../spellings.ts';
import { mailConfirmation } from './account-mails.ts';

export interface SignUp {
  email: string;
  password: string;
  /** The idempotency key of the request. */
  key?: string | undefined;
}

/**
 * Creates an account, mails a link that confirms its address, and resolves to its user; emits no event. When the same sign-up, with the
 * same key, has created it already, it resolves to that user. Throws 400 password-from-address when the password is guessed from the e-mail address, and 409 email-in-use
 * when there is another account with that address.
 */
export async function signUp(context: AuthContext, { email, password, key }: SignUp): Promise<CurrentUser> {
  const { users, now } = context;
  const problem = addressProblem(password, email);
  if (problem) throw new HttpError(400, [problem]);
  // The unique index prevents two accounts in one spelling.
  const others = spellingsOf(email).filter((spelling) => spelling !== email);
  if (others.length > 0 && (await users.exists({ email: trusted({ $in: others }) }))) throw emailInUse();
  // The id keeps the key, so that no record of the request, with its password, is needed to recognize a repetition.
  const id = key === undefined ? new Types.ObjectId().toHexString() : idFrom(email, key);
  const passwordHash = await hashPassword(password);
  try {
    await users.create([{ _id: id, email, passwordHash, createdAt: now().toISOString() }]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const existing = await users.findOne({ _id: id, email }).lean<User>().exec();
    if (key === undefined || !(await passwordMatches(existing?.passwordHash, password))) throw emailInUse();
  }
  await mailConfirmation(context, id, 'sign-up');
  return { id, email };
}

const emailInUse = () =>
  conflict('email-in-use', 'There is already an account with this email address.', { field: 'email' });

const idFrom = (email: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([email, key]))
    .digest('hex')
    .slice(0, 24);
