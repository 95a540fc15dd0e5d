import type { NewsName } from './news.ts';

const BASE = 'http://here.invalid';

/** A path of this site to go on to, or `/` when `value` is anything else: another site, the API, the sign-in pages. */
export function safeNextPath(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > 1000 || !URL.canParse(value, BASE))
    return '/';
  const url = new URL(value, BASE);
  // Browsers treat `//host` and `/\host` as another site, also after dots are resolved.
  if (url.origin !== BASE || /^\/[/\\]/.test(url.pathname)) return '/';
  if (/^\/(api|auth|_next)(\/|$)/.test(url.pathname)) return '/';
  return url.pathname + url.search;
}

/** The sign-in page that comes back to `path`; with `hold` it also places the order that it was opened for. */
export const signInPath = (path: string, hold?: string): string => authPath('signin', { next: path, hold });

/** The sign-in or sign-up page with what it is opened for. */
export function authPath(
  page: 'signin' | 'signup',
  { next, hold, refused, news }: { next: string; hold?: string | undefined; refused?: string; news?: NewsName },
): string {
  const query = new URLSearchParams({
    ...(next !== '/' && { next }),
    ...(hold !== undefined && { hold }),
    ...(refused !== undefined && { refused }),
    ...(news !== undefined && { news }),
  });
  return query.size === 0 ? `/auth/${page}` : `/auth/${page}?${query.toString()}`;
}
