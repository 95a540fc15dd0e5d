import type { Api } from '@ticketing/common';
import { currentUser, currentUserView, email, passwordWith } from '@ticketing/common/shapes';
import { z } from 'zod';
import { newPasswordRules } from '../password-rules.ts';

export const api = {
  prefix: '/api/users',
  about: 'Accounts and sessions.',
  routes: {
    signUp: {
      method: 'post',
      idempotency: 'repeated',
      path: '/signup',
      summary: 'Creates an account and a session',
      body: z.strictObject({ email, password: passwordWith(...newPasswordRules) }),
      answers: { 201: { when: 'the new user', body: currentUser } },
      errors: { 400: ['password-from-address'], 409: ['email-in-use'] },
    },
    signIn: {
      method: 'post',
      idempotency: 'repeated',
      path: '/signin',
      summary: 'Creates a session',
      body: z.strictObject({ email, password: passwordWith() }),
      answers: { 200: { when: 'the user', body: currentUser } },
      errors: { 401: ['invalid-credentials'] },
    },
    signOut: {
      method: 'post',
      idempotency: 'repeated',
      path: '/signout',
      summary: 'Ends the session',
      answers: { 200: { when: 'the session has ended', body: z.object({}) } },
    },
    show: {
      method: 'get',
      path: '/currentuser',
      summary: 'Returns the user who is signed in',
      answers: { 200: { when: 'the user, or null', body: currentUserView } },
    },
  },
} as const satisfies Api;
