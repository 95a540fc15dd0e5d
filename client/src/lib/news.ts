import type { Query } from './filters.ts';
import { placeToSolve, problemText } from './messages.ts';

/** What has just been done, on the page that it leads to. */
export interface News {
  tone: 'good' | 'warn';
  text: string;
  /** Where to go on. */
  look?: { href: string; label: string };
}

const DONE = {
  listed: 'Your ticket is on sale now.',
  saved: 'Your changes are saved. Buyers see them now.',
  'delivery-saved': 'Saved.',
  'password-reset': 'Your password is changed. Sign in with the new one.',
  'password-changed': 'Your password is changed, and you’re signed out everywhere else.',
  'confirmation-sent': 'An email with a link is on its way. The link works once, for 30 minutes.',
  'session-ended': 'You’re signed out there.',
  'sessions-ended': 'You’re signed out everywhere else.',
  removed: 'Your listing is removed. Nobody can buy it any more.',
} as const;

/** What may be wrong: anybody may open an address with it. */
const DOUBTS = {
  'cookies-blocked':
    'If you’ve just sent this form, your browser may block cookies. Allow them for this site, then sign in.',
  'still-there':
    'Your account is still there. If you’ve just asked us to delete it, load this page again in a moment before you try again.',
} as const;

/** Why the ticket that a visitor signed in for is not on hold for them. */
const NOT_HELD = [
  'ticket-reserved',
  'ticket-sold',
  'price-changed',
  'offer-changed',
  'own-ticket',
  'too-many-holds',
  'unconfirmed-holds',
  'network-holds',
  'hold-paused',
  'holds-paused',
  'ticket-not-found',
  'too-many-requests',
  'listing-closed',
  'service-unavailable',
] as const;

export type NewsName = keyof typeof DONE | keyof typeof DOUBTS | (typeof NOT_HELD)[number];

/** The address of a page that tells the news. Only names travel in it, never a text. */
export const withNews = (path: string, name: NewsName): string => `${path}?news=${name}`;

/** The name of the news for a hold that was refused. */
export const notHeld = (code: string | undefined): NewsName =>
  NOT_HELD.find((name) => name === code) ?? 'service-unavailable';

/** The news in a page's address. */
export function newsIn({ news }: Query): News | undefined {
  if (typeof news !== 'string') return undefined;
  if (Object.hasOwn(DONE, news)) return { tone: 'good', text: DONE[news as keyof typeof DONE] };
  if (Object.hasOwn(DOUBTS, news)) return { tone: 'warn', text: DOUBTS[news as keyof typeof DOUBTS] };
  const code = NOT_HELD.find((name) => name === news);
  if (code === undefined) return undefined;
  const look = placeToSolve({ code, message: '' });
  return {
    tone: 'warn',
    ...(look && { look }),
    text:
      code === 'service-unavailable'
        ? 'You’re signed in, but we couldn’t confirm the hold. Check My orders before you try again.'
        : problemText({ code, message: '' }),
  };
}
