import type { Api } from '@ticketing/common';
import { accountView, email, passwordWith, text } from '@ticketing/common/shapes';
import { z } from 'zod';
import { newPasswordRules } from '../password-rules.ts';

const password = passwordWith(...newPasswordRules);
/** The token of a mailed link. */
const token = text({ max: 100 });
const nothing = z.object({});

/** The routes of the account itself, and of the links that are mailed to it. */
export const accountRoutes = {
  account: {
    method: 'get',
    path: '/account',
    summary: "Returns the user's account",
    requiresAuth: true,
    answers: { 200: { when: 'the account', body: accountView } },
    errors: { 404: ['account-not-found'] },
  },
  sendConfirmation: {
    method: 'post',
    idempotency: 'repeated',
    path: '/confirmation',
    summary: 'Mails a link that confirms the address of the account, unless it is confirmed',
    requiresAuth: true,
    answers: { 202: { when: 'the mail will be sent', body: nothing } },
  },
  confirm: {
    method: 'post',
    idempotency: 'repeated',
    path: '/confirm',
    summary: 'Confirms an address by the token of a mailed link, once',
    body: z.strictObject({ token }),
    answers: { 200: { when: 'the address is confirmed', body: nothing } },
    errors: { 410: ['link-ended'] },
  },
  forgotten: {
    method: 'post',
    idempotency: 'repeated',
    path: '/password/forgotten',
    summary: 'Mails a link to choose a new password, if there is an account with this address',
    body: z.strictObject({ email }),
    answers: { 202: { when: 'the same whether or not there is an account', body: nothing } },
  },
  resetPassword: {
    method: 'post',
    idempotency: 'repeated',
    path: '/password/reset',
    summary: 'Changes a password by the token of a mailed link, once, and ends all sessions',
    body: z.strictObject({ token, password }),
    answers: { 200: { when: 'the password is changed', body: nothing } },
    errors: { 400: ['password-from-address'], 410: ['link-ended'], 503: ['busy'] },
  },
  changePassword: {
    method: 'put',
    path: '/password',
    summary: 'Changes the password and ends all other sessions',
    requiresAuth: true,
    body: z.strictObject({ currentPassword: passwordWith(), password }),
    answers: { 200: { when: 'the password is changed', body: nothing } },
    errors: { 400: ['password-from-address'], 403: ['wrong-password'], 503: ['busy'] },
  },
  deleteAccount: {
    method: 'post',
    idempotency: 'repeated',
    path: '/deletion',
    summary: 'Deletes the account and its personal data for good, and ends all sessions',
    requiresAuth: true,
    body: z.strictObject({ password: passwordWith() }),
    answers: { 200: { when: 'the account is deleted', body: nothing } },
    errors: { 403: ['wrong-password'], 503: ['busy'] },
  },
} as const satisfies Api['routes'];
