import { cookiesAreSecure, holdSeconds } from './config.ts';

/** The cookie of a visitor who has lately held a ticket here. It only hints that a look for the hold is worth its cost. */
export const HOLDING_COOKIE = 'holding';

/** The attributes of the cookie. It lasts as long as a hold. */
export const holdingCookie = () =>
  ({ path: '/', maxAge: holdSeconds(), httpOnly: true, sameSite: 'lax', secure: cookiesAreSecure() }) as const;

/** The line that sets the cookie. */
export function holdingCookieLine(): string {
  const { path, maxAge, secure } = holdingCookie();
  return `${HOLDING_COOKIE}=1; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}

/** Whether the cookie is in a Cookie header. */
export const isHolding = (header: string | null | undefined): boolean =>
  /(?:^|;\s*)holding=1(?:;|$)/.test(header ?? '');
