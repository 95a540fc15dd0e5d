import type { AuthContext } from '../context.ts';
import { passwordMatches } from '../passwords.ts';
import { endSessions } from '../sessions.ts';

/**
 * Deletes an account for good, with its address, its password, its sessions and the mails about it; emits session:ended. Other services
 * know its id alone, which then refers to nobody. Resolves to undefined, with nothing changed, when the password is wrong; throws a 503
 * when sessions change too often.
 */
export async function deleteAccount(
  context: AuthContext,
  { userId, password }: { userId: string; password: string },
): Promise<true | undefined> {
  const user = await context.users.findById(userId).lean().exec();
  if (user === null || !(await passwordMatches(user.passwordHash, password))) return undefined;
  // Before as well: a process that dies after the account is gone would leave sessions that nobody can end.
  await endSessions(context, userId);
  const { passwordHash } = user;
  const { deletedCount } = await context.users.deleteOne({ _id: userId, passwordHash });
  if (deletedCount === 0) return undefined;
  await endSessions(context, userId);
  await context.mails.forget(userId);
  return true;
}
