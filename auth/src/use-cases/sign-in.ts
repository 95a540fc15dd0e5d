import type { CurrentUser } from '@ticketing/common';
import { trusted } from 'mongoose';
import type { AuthContext } from '../context.ts';
import { currentUserOf } from '../models/user.ts';
import type { User } from '../models/user.ts';
import { passwordMatches } from '../passwords.ts';
import { spellingsOf } from '../spellings.ts';

/**
 * Returns the user with this e-mail address and password, and the hash that the password matched; undefined, after the same time,
 * when there is none.
 */
export async function signIn(
  { users }: AuthContext,
  email: string,
  password: string,
): Promise<{ user: CurrentUser; passwordHash: string } | undefined> {
  const accounts = await users
    .find({ email: trusted({ $in: spellingsOf(email) }) })
    .lean<User[]>()
    .exec();
  // One, except where two spellings had become two accounts: each is found by its password.
  for (const account of accounts)
    if (await passwordMatches(account.passwordHash, password))
      return { user: currentUserOf(account), passwordHash: account.passwordHash };
  if (accounts.length === 0) await passwordMatches(undefined, password);
  return undefined;
}
