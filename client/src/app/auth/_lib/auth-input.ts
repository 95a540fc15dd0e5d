import type { Failure } from '@/api/http.ts';
import type { Problem } from '@/api/types.ts';
import type { FormState } from '@/lib/form-state.ts';
import { problemText, UNCONFIRMED } from '@/lib/messages.ts';

export type AuthIntent = 'signin' | 'signup';

/** When the API is down or timed out: the account may still have been created. */
export const UNREACHABLE: Record<AuthIntent, { text: string }> = {
  signin: { text: 'We can’t sign you in right now. You can keep browsing; please try again in a moment.' },
  signup: UNCONFIRMED.signup,
};

export const OFFLINE = { text: 'You’re offline. Nothing was sent; try again when you’re back online.' };

export const COOKIES_BLOCKED = {
  text: 'Your browser blocks cookies, so you can’t stay signed in. Allow cookies for this site, then sign in.',
};

/** Why signing in or up failed, as problems of the form's fields. */
export function authProblems(
  intent: AuthIntent,
  { isOutcomeUnknown, problems, retryAfter }: Failure,
): FormState['problems'] {
  if (isOutcomeUnknown) return [UNREACHABLE[intent]];
  return problems.map((problem) => {
    const { field } = problem;
    if (field === 'email') return { field, text: emailText(problem) };
    if (field === 'password') return { field, text: passwordText(problem) };
    return { text: problemText(problem, retryAfter) };
  });
}

function emailText({ code }: Problem): string {
  switch (code) {
    case 'required':
      return 'Enter your email address.';
    case 'email-in-use':
      return 'You already have an account with this email address. Sign in instead.';
    default:
      return 'Enter an email address like name@example.com.';
  }
}

function passwordText({ code, message }: Problem): string {
  switch (code) {
    case 'required':
      return 'Enter your password.';
    case 'too-short':
      return 'Password must be at least 8 characters.';
    case 'too-long':
      return 'Password must be 128 characters or fewer.';
    case 'invalid-characters':
      return 'Password contains characters we can’t store.';
    case 'blank-password':
      return 'Password must have characters other than spaces.';
    case 'repeated-characters':
      return 'This password repeats the same few characters. Choose another.';
    case 'common-password':
      return 'This password is too easy to guess. Choose another.';
    case 'password-from-address':
      return 'This password is too like your email address. Choose another.';
    default:
      return message;
  }
}
