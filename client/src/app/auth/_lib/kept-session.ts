import { authPath, safeNextPath } from '@/lib/next-path.ts';
import { sessionCookie } from '@/lib/session-cookie.ts';

const CHECK_PATH = '/auth/check';

/** Where a browser without scripts goes once signed in: it looks whether the browser has kept the session, then leads to `next`. */
export const checkPath = (next: string): string =>
  next === '/' ? CHECK_PATH : `${CHECK_PATH}?${new URLSearchParams({ next }).toString()}`;

/** Where the check leads: to `next` with a session, else back to the form, which tells why nothing seems to have happened. */
export function checkedPath(cookie: string | null, query: URLSearchParams): string {
  const next = safeNextPath(query.get('next'));
  return sessionCookie(cookie) === undefined ? authPath('signin', { next, news: 'cookies-blocked' }) : next;
}
