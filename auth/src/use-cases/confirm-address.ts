import { gone } from '@ticketing/common';
import type { CurrentUser } from '@ticketing/common';
import type { AuthContext } from '../context.ts';
import { useLink } from '../links.ts';
import { currentUserOf } from '../models/user.ts';

/** The 410 for a link that was used, replaced or has ended. */
export const linkEnded = () => gone('link-ended', 'This link has ended or was used. Ask for a new one.');

/** Confirms the address of the account whose link has this token; resolves to its user. Throws 410 link-ended when there is none. */
export async function confirmAddress(context: AuthContext, token: string): Promise<CurrentUser> {
  const confirmedAt = context.now().toISOString();
  const user = await useLink(context, 'confirm', token, { confirmedAt });
  if (user === null) throw linkEnded();
  return currentUserOf({ ...user, confirmedAt });
}
