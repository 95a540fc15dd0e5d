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

/** The sign-in page that comes back to `path`. */
export const signInPath = (path: string): string => `/auth/signin?next=${encodeURIComponent(path)}`;
