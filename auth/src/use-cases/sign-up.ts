import { HttpError, conflict, isDuplicateKey } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import { Types, trusted } from 'mongoose';
import type { AuthContext } from '../context.ts';
import { addressProblem } from '../password-rules.ts';
import { hashPassword } from '../passwords.ts';
import { spellingsOf } from '../spellings.ts';

/**
 * Creates an account and returns its user; emits no event. Throws 400 password-from-address when the password is guessed from the
 * e-mail address, and 409 email-in-use when there is an account with that address.
 */
export async function signUp({ users, now }: AuthContext, email: string, password: string): Promise<CurrentUser> {
  const problem = addressProblem(password, email);
  if (problem) throw new HttpError(400, [problem]);
  // The unique index prevents two accounts in one spelling.
  const others = spellingsOf(email).filter((spelling) => spelling !== email);
  if (others.length > 0 && (await users.exists({ email: trusted({ $in: others }) }))) throw emailInUse();
  const id = new Types.ObjectId().toHexString();
  const passwordHash = await hashPassword(password);
  try {
    await users.create([{ _id: id, email, passwordHash, createdAt: now().toISOString() }]);
  } catch (error) {
    throw isDuplicateKey(error) ? emailInUse() : error;
  }
  return { id, email };
}

const emailInUse = () =>
  conflict('email-in-use', 'There is already an account with this email address.', { field: 'email' });
