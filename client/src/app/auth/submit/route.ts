import { callApi, sessionCookie } from '../../../lib/api.ts';
import { authProblems, UNREACHABLE } from '../../../lib/auth-input.ts';
import { cookiesAreSecure } from '../../../lib/config.ts';
import { FORM_COOKIE, packForm } from '../../../lib/form-cookie.ts';
import type { FormState } from '../../../lib/form-state.ts';
import { safeNextPath } from '../../../lib/next-path.ts';

const INTENTS = ['signin', 'signup', 'signout'] as const;

/**
 * Signs in, up and out for forms. Not a server action, because those re-encode a cookie's value, and a signed cookie
 * must arrive as it was set. Redirects (303) to `next`, or back to the form with the problems in a short-lived cookie.
 */
export async function POST(request: Request): Promise<Response> {
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    return new Response('This address expects a form.', { status: 400 });
  }
  const intent = INTENTS.find((name) => name === form.get('intent'));
  if (intent === undefined) return new Response('Unknown form.', { status: 400 });
  const next = safeNextPath(form.get('next'));

  const answer = await callApi('POST', `/api/users/${intent}`, {
    cookie: sessionCookie(request.headers.get('cookie')),
    body: intent === 'signout' ? {} : { email: form.get('email'), password: form.get('password') },
  });
  const cookies = answer.ok ? (answer.setCookie ?? []) : [];
  // An answer that sets no session has changed nothing for the visitor, whatever its status.
  if (cookies.some((cookie) => cookie.startsWith('session=')))
    return goTo(next, [...cookies, formCookie({ value: '', maxAge: 0 })]);
  // The page itself shows that the visitor is still signed in.
  if (intent === 'signout') return goTo('/auth/signout');

  const id = crypto.randomUUID().slice(0, 8);
  const email = form.get('email');
  const state: FormState = {
    attempt: 1,
    problems:
      answer.ok || answer.status === 503 ? [UNREACHABLE[intent]] : authProblems(answer.problems, answer.retryAfter),
    values: { email: typeof email === 'string' ? email.slice(0, 200) : '' },
  };
  return goTo(`/auth/${intent}?${new URLSearchParams({ next, refused: id }).toString()}`, [
    formCookie({ value: packForm({ id, state }), maxAge: 120 }),
  ]);
}

const formCookie = ({ value, maxAge }: { value: string; maxAge: number }): string =>
  `${FORM_COOKIE}=${value}; Path=/auth; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${cookiesAreSecure() ? '; Secure' : ''}`;

function goTo(path: string, cookies: string[] = []): Response {
  const headers = new Headers({ Location: path, 'Cache-Control': 'no-store' });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
