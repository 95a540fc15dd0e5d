'use server';
import { redirect } from 'next/navigation';
import {
  changePassword,
  deleteAccount,
  endOtherSessions,
  endSession,
  getAccount,
  sendConfirmation,
} from '@/api/users.ts';
import { accountFailure } from '@/lib/account-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { redirectToSignIn, visitorHttp } from '@/lib/visitor.ts';
import { liveSales } from './_lib/live-sales.ts';

/** Has another link mailed that confirms the address. */
export async function sendConfirmationAction(state: FormState): Promise<FormState> {
  const answer = await sendConfirmation(await visitorHttp());
  if (answer.ok) redirect(withNews('/account', 'confirmation-sent'));
  if (answer.status === 401) redirectToSignIn('/account');
  return accountFailure(state, answer, UNCONFIRMED.mail);
}

/** Changes the password, which signs out everywhere else. */
export async function changePasswordAction(state: FormState, form: FormData): Promise<FormState> {
  const input = { currentPassword: formText(form, 'currentPassword'), password: formText(form, 'password') };
  const answer = await changePassword(await visitorHttp(), input);
  if (answer.ok) redirect(withNews('/account', 'password-changed'));
  if (answer.status === 401) redirectToSignIn('/account');
  return accountFailure(state, answer, UNCONFIRMED.password);
}

/** Signs out in another browser. */
export async function endSessionAction(state: FormState, form: FormData): Promise<FormState> {
  const answer = await endSession(await visitorHttp(), formText(form, 'sessionId'));
  if (answer.ok || answer.status === 404) redirect(withNews('/account', 'session-ended'));
  if (answer.status === 401) redirectToSignIn('/account');
  return accountFailure(state, answer, UNCONFIRMED.sessions);
}

/** Signs out in all other browsers. */
export async function endOtherSessionsAction(state: FormState): Promise<FormState> {
  const answer = await endOtherSessions(await visitorHttp());
  if (answer.ok) redirect(withNews('/account', 'sessions-ended'));
  if (answer.status === 401) redirectToSignIn('/account');
  return accountFailure(state, answer, UNCONFIRMED.sessions);
}

/** Where it is looked up whether an account was deleted: the session ends with it, so that a second try can't tell. */
const CHECK_DELETED = '/auth/deleted?outcome=unknown';

/** Deletes the account, unless something is on sale or on hold that others count on. */
export async function deleteAccountAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  const [account, sales] = await Promise.all([getAccount(http), liveSales(http)]);
  if (!account.ok && account.status === 401) redirect(CHECK_DELETED);
  const live = account.ok ? sales : 'unknown';
  if (live !== 'none') return { attempt: state.attempt + 1, problems: [{ text: LIVE[live] }] };
  const answer = await deleteAccount(http, formText(form, 'password'));
  if (answer.ok) redirect('/auth/deleted');
  if (answer.status === 401 || answer.isOutcomeUnknown) redirect(CHECK_DELETED);
  return accountFailure(state, answer, UNCONFIRMED.deletion);
}

const LIVE = {
  listings: 'You still have tickets on sale. Remove them first, under My listings.',
  orders: 'You still have a ticket on hold. Pay for it or cancel the hold first, under My orders.',
  unknown:
    'Nothing was deleted: we can’t check right now whether you have tickets on sale or on hold. Please try again in a moment.',
};
