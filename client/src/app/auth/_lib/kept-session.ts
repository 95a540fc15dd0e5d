import { type HoldIntent, packHold, unpackHold } from '@/lib/hold-intent.ts';
import { authPath, safeNextPath } from '@/lib/next-path.ts';
import { sessionCookie } from '@/lib/session-cookie.ts';

const CHECK_PATH = '/auth/check';

/** An order to place, under an idempotency key: the check may be asked for twice. */
export interface KeptHold {
  intent: HoldIntent;
  key: string;
}

/**
 * The cookie with the order to place once the browser has shown that it keeps cookies. Not in the address alone: another site could lead
 * a visitor there.
 */
export const holdCookie = {
  name: 'auth-hold',
  pack: ({ intent, key }: KeptHold): string => `${key}.${packHold(intent)}`,
  read(cookies: string | null): KeptHold | undefined {
    const [, key, packed] = /(?:^|;\s*)auth-hold=([0-9a-f]{32})\.([^;]*)/.exec(cookies ?? '') ?? [];
    const intent = unpackHold(packed);
    return key === undefined || intent === undefined ? undefined : { intent, key };
  },
};

/** Where a browser without scripts goes once signed in: it looks whether the browser has kept the session, then leads to `next`. */
export function checkPath(next: string, hold?: HoldIntent): string {
  const query = new URLSearchParams({ ...(next !== '/' && { next }), ...(hold && { hold: packHold(hold) }) });
  return query.size === 0 ? CHECK_PATH : `${CHECK_PATH}?${query.toString()}`;
}

/**
 * Where the check leads: to `next` with a session, by `place` if there is an order to place, else back to the form, which tells why
 * nothing seems to have happened. Without cookies nothing is placed: the visitor would never see it.
 */
export async function checkedPath(
  cookies: string | null,
  query: URLSearchParams,
  place: (hold: KeptHold) => Promise<string>,
): Promise<string> {
  const next = safeNextPath(query.get('next'));
  const hold = unpackHold(query.get('hold'));
  if (sessionCookie(cookies) === undefined)
    return authPath('signin', { next, hold: hold && packHold(hold), news: 'cookies-blocked' });
  const kept = holdCookie.read(cookies);
  // Not what an earlier sign-in has left.
  const isAsked = kept !== undefined && hold !== undefined && packHold(kept.intent) === packHold(hold);
  return isAsked ? place(kept) : next;
}
