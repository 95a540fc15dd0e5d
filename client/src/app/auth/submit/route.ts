import type { Answer, Http } from '@/api/http.ts';
import type { Credentials } from '@/api/types.ts';
import { signIn, signOut, signUp } from '@/api/users.ts';
import { nextKey } from '@/lib/form-failure.ts';
import { formRoute, goTo } from '@/lib/form-route.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { unpackHold } from '@/lib/hold-intent.ts';
import { keyOf, newKey } from '@/lib/idempotency-key.ts';
import { authPath, safeNextPath } from '@/lib/next-path.ts';
import { setsSession } from '@/lib/session-cookie.ts';
import { visitorHttp } from '@/lib/visitor.ts';
import { authCookie } from '../_lib/auth-cookie.ts';
import { authProblems, UNREACHABLE } from '../_lib/auth-input.ts';
import { FORM_COOKIE, packForm } from '../_lib/form-cookie.ts';
import { checkPath, holdCookie } from '../_lib/kept-session.ts';

const INTENTS = ['signin', 'signup', 'signout'] as const;

/**
 * Signs in, up and out for forms. Not a server action, because those re-encode a cookie's value, and the session
 * must arrive as it was set. Redirects (303) to `next`, by way of the check whether the browser has kept the session, or back to
 * the form with the problems in a short-lived cookie.
 */
export const POST = formRoute(async (form) => {
  const intent = INTENTS.find((name) => name === form.get('intent'));
  if (intent === undefined) return new Response('Unknown form.', { status: 400 });
  const next = safeNextPath(form.get('next'));

  const credentials = { email: formText(form, 'email'), password: formText(form, 'password') };
  const key = keyOf(form);
  const answer = await send(await visitorHttp(), intent, credentials, key);
  const cookies = answer.ok ? (answer.setCookie ?? []) : [];
  // A response that sets no session has changed nothing for the visitor, whatever its status.
  if (setsSession(cookies)) {
    const hold = intent === 'signout' ? undefined : unpackHold(form.get('hold'));
    return goTo(intent === 'signout' ? next : checkPath(next, hold), [
      ...cookies,
      ...(hold
        ? [authCookie(holdCookie.name, { value: holdCookie.pack({ intent: hold, key: newKey() }), maxAge: 120 })]
        : []),
      authCookie(FORM_COOKIE, { value: '', maxAge: 0 }),
    ]);
  }
  // The page itself shows that the visitor is still signed in.
  if (intent === 'signout') return goTo('/auth/signout');

  const id = crypto.randomUUID().slice(0, 8);
  const state: FormState = {
    attempt: 1,
    problems: answer.ok ? [UNREACHABLE[intent]] : authProblems(intent, answer),
    values: { email: credentials.email.slice(0, 200) },
    ...(answer.ok ? {} : nextKey(key, answer)),
  };
  const hold = formText(form, 'hold');
  return goTo(authPath(intent, { next, hold: hold === '' ? undefined : hold, refused: id }), [
    authCookie(FORM_COOKIE, { value: packForm({ id, state }), maxAge: 120 }),
  ]);
});

function send(
  http: Http,
  intent: (typeof INTENTS)[number],
  credentials: Credentials,
  key: string | undefined,
): Promise<Answer<unknown>> {
  switch (intent) {
    case 'signin':
      return signIn(http, credentials, key);
    case 'signup':
      return signUp(http, credentials, key);
    case 'signout':
      return signOut(http);
  }
}
