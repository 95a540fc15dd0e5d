import { HttpError } from '@ticketing/common';
import type { AuthContext } from '../context.ts';
import { addressProblem } from '../password-rules.ts';
import { hashPassword, passwordMatches } from '../passwords.ts';
import { endSessions } from '../sessions.ts';
import { mailPasswordChanged } from './account-mails.ts';

export interface ChangePassword {
  userId: string;
  /** The session that stays. */
  sessionId?: string | undefined;
  currentPassword: string;
  password: string;
}

/**
 * Changes the password of a user and ends all other sessions; emits session:ended. Resolves to undefined, with nothing changed, when the
 * current password is wrong. Throws 400 password-from-address, and a 503 when sessions change too often.
 */
export async function changePassword(
  context: AuthContext,
  { userId, sessionId, currentPassword, password }: ChangePassword,
): Promise<true | undefined> {
  const user = await context.users.findById(userId).lean().exec();
  if (user === null || !(await passwordMatches(user.passwordHash, currentPassword))) return undefined;
  const problem = addressProblem(password, user.email);
  if (problem) throw new HttpError(400, [problem]);
  const passwordHash = await hashPassword(password);
  const others = { except: sessionId };
  // Before the change as well: a process that dies after it would leave the sessions of anybody who knows the former password.
  await endSessions(context, userId, others);
  // The links that were mailed before lead to another password.
  const { matchedCount } = await context.users.updateOne(
    { _id: userId, passwordHash: user.passwordHash },
    { $set: { passwordHash }, $unset: { resetLinks: 1 } },
  );
  // Another request has changed it.
  if (matchedCount === 0) return undefined;
  await endSessions(context, userId, others);
  await mailPasswordChanged(context, userId);
  return true;
}
