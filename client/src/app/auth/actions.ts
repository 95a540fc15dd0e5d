'use server';
import { redirect } from 'next/navigation';
import { forgotPassword, resetPassword } from '@/api/users.ts';
import { accountFailure } from '@/lib/account-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { visitorHttp } from '@/lib/visitor.ts';

/** Has a link to choose a new password mailed, then tells the visitor to look for it, whether or not there is an account. */
export async function forgotPasswordAction(state: FormState, form: FormData): Promise<FormState> {
  const email = formText(form, 'email');
  const answer = await forgotPassword(await visitorHttp(), email);
  if (answer.ok) redirect('/auth/forgotten?sent=yes');
  return { ...accountFailure(state, answer, UNCONFIRMED.mail), values: { email: email.slice(0, 200) } };
}

/** Changes the password by a mailed link, then leads to the sign-in page. */
export async function resetPasswordAction(state: FormState, form: FormData): Promise<FormState> {
  const input = { token: formText(form, 'token'), password: formText(form, 'password') };
  const answer = await resetPassword(await visitorHttp(), input);
  if (answer.ok) redirect(withNews('/auth/signin', 'password-reset'));
  return {
    ...accountFailure(state, answer, UNCONFIRMED.password),
    ...(answer.status === 410 && { look: { href: '/auth/forgotten', label: 'Forgot your password?' } }),
  };
}
