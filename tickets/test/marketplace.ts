import type { Listing, TicketStatus } from '@ticketing/common';
import type { TicketDocument } from '../src/models/ticket.ts';
import { termsOf } from '../src/models/terms.ts';
import { list } from '../src/ticket.ts';
import type { TicketState } from '../src/ticket.ts';
import { usd } from './builders.ts';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(random: () => number, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

/** Common words, of which the first few are in most tickets. */
const KINDS = ['concert', 'rock', 'jazz', 'opera', 'night', 'festival', 'ballet', 'derby', 'musical', 'comedy'];
const PLACES = ['arena', 'town hall', 'o2 club', 'opera house', 'stadium', 'theatre', 'open air', 'cellar'];
/** Words that are rare, long, short, or in letters of two characters. */
const NAMES = ['ac dc', 'concertgebouworkest amsterdam', 'u2', '𝔸𝔹ℂ𐐀𐐁𐐂𐐃', 'zaz', 'conway', 'łódź', '東京', 'roc'];
const WORDY = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';

const DAY_MS = 24 * 3600 * 1000;

/** A listing with a title, a price and a start by chance. */
function listingOf(random: () => number, index: number, now: Date): Listing {
  const kinds = [pick(random, KINDS), pick(random, KINDS.slice(0, 5))].join(' ');
  const name = random() < 0.02 ? pick(random, NAMES) : `artist${index % 997}`;
  const title = random() < 0.002 ? WORDY : `${kinds} ${name}`;
  // Prices from 5 to 500, mostly round ones; starts within three years, mostly soon.
  const amount = Math.round(500 * 100 ** random() * 100) / 100;
  const price = usd(random() < 0.7 ? Math.ceil(amount / 500) * 500 : Math.ceil(amount));
  const startsAt = new Date(now.getTime() + Math.ceil(3 * 365 * DAY_MS * random() ** 2 + 1000)).toISOString();
  return { title, price, venue: pick(random, PLACES), ...(random() < 0.9 && { startsAt }) };
}

/**
 * Tickets of a marketplace: a third are listed, a tenth of these for events that have started, the others sold or withdrawn.
 */
export function* marketplace(count: number, now: Date): Generator<TicketDocument> {
  const random = numbersFrom(1);
  for (let index = 0; index < count; index++) {
    const id =
      (0x65_00_00_00 + index).toString(16) +
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(16, '0');
    const isOver = random() < 0.1;
    const listedAt = new Date(now.getTime() - (isOver ? 1200 * DAY_MS : 0));
    const { state } = list(id, `seller-${index % 100}`, listingOf(random, index, listedAt), listedAt);
    const status: TicketStatus = index % 3 === 0 ? 'listed' : pick(random, ['sold', 'sold', 'withdrawn'] as const);
    yield stored({ ...state, status }, now);
  }
}

/** A ticket as it is stored. */
export const stored = (state: TicketState, now: Date): TicketDocument => ({
  ...state,
  ...(state.status === 'listed' && { terms: termsOf(state) }),
  changedAt: now.toISOString(),
  outbox: [],
});
