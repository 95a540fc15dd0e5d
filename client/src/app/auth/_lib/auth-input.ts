import type { Failure } from '@/api/http.ts';
import { accountProblems } from '@/lib/account-messages.ts';
import type { FormState } from '@/lib/form-state.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';

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
export const authProblems = (intent: AuthIntent, failure: Failure): FormState['problems'] =>
  failure.isOutcomeUnknown ? [UNREACHABLE[intent]] : accountProblems(failure);
