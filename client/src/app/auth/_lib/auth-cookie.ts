import { cookiesAreSecure } from '@/lib/config.ts';

/** The line that sets a cookie which only the pages of signing in get, and only from our own pages. */
export const authCookie = (name: string, { value, maxAge }: { value: string; maxAge: number }): string =>
  `${name}=${value}; Path=/auth; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${cookiesAreSecure() ? '; Secure' : ''}`;
