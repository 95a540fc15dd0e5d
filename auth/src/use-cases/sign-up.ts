import { createHash } from 'node:crypto';
import { conflict, isDuplicateKey } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import { Types } from 'mongoose';
import type { AuthContext } from '../context.ts';
import type { User } from '../models/user.ts';
import { hashPassword, passwordMatches } from '../passwords.ts';

export interface SignUp {
  email: string;
  password: string;
  /** The idempotency key of the request. */
  key?: string | undefined;
}

/**
 * Creates an account and resolves to its user; emits no event. When the same sign-up, with the same key, has created it already, it
 * resolves to that user. Throws 409 email-in-use when the e-mail address is taken otherwise.
 */
export async function signUp({ users, now }: AuthContext, { email, password, key }: SignUp): Promise<CurrentUser> {
  // The id keeps the key, so that no record of the request, with its password, is needed to recognize a repetition.
  const id = key === undefined ? new Types.ObjectId().toHexString() : idFrom(email, key);
  const passwordHash = await hashPassword(password);
  try {
    await users.create([{ _id: id, email, passwordHash, createdAt: now().toISOString() }]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const existing = await users.findOne({ _id: id, email }).lean<User>().exec();
    if (key === undefined || !(await passwordMatches(existing?.passwordHash, password)))
      throw conflict('email-in-use', 'There is already an account with this email address.', { field: 'email' });
  }
  return { id, email };
}

const idFrom = (email: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([email, key]))
    .digest('hex')
    .slice(0, 24);
