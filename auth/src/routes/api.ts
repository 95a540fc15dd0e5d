import type { Api } from '@ticketing/common';
import { choice, currentUser, currentUserView, email, id, passwordWith, sessionList } from '@ticketing/common/shapes';
import { z } from 'zod';
import { newPasswordRules } from '../password-rules.ts';
import { accountRoutes } from './account-api.ts';

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
      errors: { 503: ['busy'] },
    },
    sessions: {
      method: 'get',
      path: '/sessions',
      summary: "Lists the user's sessions, the last used first",
      requiresAuth: true,
      answers: { 200: { when: 'the sessions', body: sessionList } },
    },
    endSession: {
      method: 'delete',
      path: '/sessions/:id',
      summary: "Ends one of the user's sessions",
      requiresAuth: true,
      params: z.strictObject({ id }),
      answers: { 204: { when: 'the session has ended', body: null } },
      errors: { 404: ['session-not-found'], 503: ['busy'] },
    },
    endSessions: {
      method: 'delete',
      path: '/sessions',
      summary: "Ends all of the user's sessions, or all but this one",
      requiresAuth: true,
      query: z.strictObject({ except: choice(['current']).optional() }),
      answers: { 204: { when: 'the sessions have ended', body: null } },
      errors: { 503: ['busy'] },
    },
    ...accountRoutes,
    show: {
      method: 'get',
      path: '/currentuser',
      summary: 'Returns the user who is signed in',
      answers: { 200: { when: 'the user, or null', body: currentUserView } },
    },
  },
} as const satisfies Api;
