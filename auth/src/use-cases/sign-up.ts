import { conflict, isDuplicateKey } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import { Types } from 'mongoose';
import type { AuthContext } from '../context.ts';
import { hashPassword } from '../passwords.ts';

/** Creates an account and returns its user; emits no event. Throws 409 email-in-use when the e-mail address is taken. */
export async function signUp({ users, now }: AuthContext, email: string, password: string): Promise<CurrentUser> {
  const id = new Types.ObjectId().toHexString();
  const passwordHash = await hashPassword(password);
  try {
    await users.create([{ _id: id, email, passwordHash, createdAt: now().toISOString() }]);
  } catch (error) {
    if (isDuplicateKey(error))
      throw conflict('email-in-use', 'There is already an account with this email address.', { field: 'email' });
    throw error;
  }
  return { id, email };
}
