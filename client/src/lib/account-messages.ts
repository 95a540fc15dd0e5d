import type { Failure } from '@/api/http.ts';
import type { Problem } from '@/api/types.ts';
import type { FormState } from './form-state.ts';
import { problemText } from './messages.ts';

/** Why a form with an address or passwords was refused, as problems of its fields. */
export const accountProblems = ({ problems, retryAfter }: Failure): FormState['problems'] =>
  problems.map((problem) => {
    const { field, code } = problem;
    if (code === 'wrong-password') return { ...(field !== undefined && { field }), text: 'Incorrect password.' };
    if (code === 'link-ended') return { text: 'This link has expired or was already used. Ask for a new one.' };
    if (field === 'email') return { field, text: emailText(problem) };
    if (field === 'password' || field === 'currentPassword') return { field, text: passwordText(problem) };
    return { text: problemText(problem, retryAfter) };
  });

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
