import { HttpError } from '@ticketing/common';
import type { AuthContext } from '../context.ts';
import { findByLink, useLink } from '../links.ts';
import { addressProblem } from '../password-rules.ts';
import { hashPassword } from '../passwords.ts';
import { endSessions } from '../sessions.ts';
import { mailPasswordChanged } from './account-mails.ts';
import { linkEnded } from './confirm-address.ts';

/**
 * Changes the password of the account whose link has this token, and ends all its sessions. Its address is confirmed by that.
 * Emits session:ended. Resolves to the account's id. Throws 410 link-ended, 400 password-from-address, and a 503 when sessions change too often.
 */
export async function resetPassword(
  context: AuthContext,
  { token, password }: { token: string; password: string },
): Promise<string> {
  const found = await findByLink(context, 'reset', token);
  if (found === null) throw linkEnded();
  const problem = addressProblem(password, found.email);
  if (problem) throw new HttpError(400, [problem]);
  const passwordHash = await hashPassword(password);
  const { _id: id } = found;
  // Before the change as well: a process that dies after it would leave the sessions of anybody who knows the former password.
  await endSessions(context, id);
  const confirmedAt = found.confirmedAt ?? context.now().toISOString();
  if ((await useLink(context, 'reset', token, { passwordHash, confirmedAt })) === null) throw linkEnded();
  await endSessions(context, id);
  await mailPasswordChanged(context, id);
  return id;
}
