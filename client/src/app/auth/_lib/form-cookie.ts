import type { FormState } from '@/lib/form-state.ts';

/** The cookie in which a refused form comes back to a browser without scripts: see /auth/submit. */
export const FORM_COOKIE = 'auth-form';

interface Carried {
  id: string;
  state: FormState;
}

/** The value of the cookie. */
export const packForm = (carried: Carried): string => Buffer.from(JSON.stringify(carried)).toString('base64url');

/** The refused form that the address refers to, if it is the one in the cookie. */
export function unpackForm(cookie: string | undefined, id: string | undefined): FormState | undefined {
  if (cookie === undefined || id === undefined) return undefined;
  try {
    const carried = JSON.parse(Buffer.from(cookie, 'base64url').toString()) as Carried;
    return carried.id === id && Array.isArray(carried.state.problems) ? carried.state : undefined;
  } catch {
    return undefined;
  }
}
