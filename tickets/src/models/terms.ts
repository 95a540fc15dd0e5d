import type { Listing } from '@ticketing/common';
import type { Ticket } from '../ticket.ts';

// A ticket is found by its terms: docs/adr/0019. A filter of the list stands for some of them; each ticket that passes it has at
// least one of these, and hardly any other ticket has one. The tickets of each term are in order in the index, so that a page is the
// merge of some lists, however many tickets they hold.

/** The term of every ticket. */
export const ANY = '';

/** Longer words are cut for the index, and compared in full when a ticket is read. */
const MAX_PREFIX = 12;
/** The letters of each word in the terms of two words. */
const HEAD = 3;
/** The words of a ticket that are paired each with each. */
const MAX_PAIRED = 12;
/** A search finds what starts within this many years of its first day, which is as far as a listing may be ahead. */
const MAX_YEARS = 11;

/** The first letters of a word. A letter may take two characters. */
const lettersOf = (word: string, count: number): string[] => Array.from(word.slice(0, 2 * count)).slice(0, count);

/** The term of tickets that have a word with this beginning. */
export const prefixTerm = (beginning: string): string => lettersOf(beginning, MAX_PREFIX).join('');

/** The first letters of a word; undefined for a word with fewer, which may be the beginning of several. */
function headOf(word: string): string | undefined {
  const letters = lettersOf(word, HEAD);
  return letters.length === HEAD ? letters.join('') : undefined;
}

const pairTerm = (one: string, other: string): string => (one < other ? `${one} ${other}` : `${other} ${one}`);
/** The term of tickets that have too many words to pair each with each. */
const wordyTerm = (head: string): string => `${head} `;

/** The terms of tickets that may have words with both beginnings; undefined when a beginning is too short. */
export function pairTerms(one: string, other: string): string[] | undefined {
  const [a, b] = [headOf(one), headOf(other)];
  return a === undefined || b === undefined ? undefined : [pairTerm(a, b), wordyTerm(a)];
}

/** The band of an amount: eight for each doubling. */
function bandOf(amount: number): number {
  if (amount < 64) return 0;
  const doublings = 31 - Math.clz32(amount);
  return (doublings - 6) * 8 + ((amount >>> (doublings - 3)) & 7) + 1;
}

const bandTerm = (band: number): string => `price:${band}`;

/** The terms of tickets at prices from `min` to `max`, and of some just outside. */
export function priceTerms(min: number, max: number): string[] {
  const first = bandOf(min);
  return Array.from({ length: Math.max(0, bandOf(max) - first + 1) }, (_, index) => bandTerm(first + index));
}

/** The days of a month, by their first digit. */
const dayTerm = (instant: string): string => `date:${instant.slice(0, 9)}`;
const yearTerm = (year: number | string): string => `year:${year}`;

/** The terms of tickets whose events start from `from` until before `to`, both in ISO 8601, and of some just outside. */
export function dateTerms(from: string, to: string): string[] {
  const [firstYear, lastYear] = [from, to].map((instant) => Number(instant.slice(0, 4))) as [number, number];
  const terms: string[] = [];
  for (let year = firstYear; year <= Math.min(lastYear, firstYear + MAX_YEARS); year++) {
    if (year > firstYear && year < lastYear) terms.push(yearTerm(year));
    else
      for (let month = 1; month <= 12; month++)
        for (let ten = 0; ten <= 3; ten++) {
          const start = `${year}-${String(month).padStart(2, '0')}-${ten}`;
          if (start >= from.slice(0, 9) && start <= to.slice(0, 9)) terms.push(dayTerm(start));
        }
  }
  return terms;
}

/** The terms that the list finds a ticket by. */
export function termsOf({ keywords, price, startsAt }: Pick<Ticket, 'keywords'> & Listing): string[] {
  const prefixes = keywords.flatMap((word) => {
    const letters = lettersOf(word, MAX_PREFIX);
    return letters.map((_, index) => letters.slice(0, index + 1).join(''));
  });
  const heads = keywords.map(headOf).filter((head) => head !== undefined);
  const paired = heads.slice(0, MAX_PAIRED);
  const pairs = paired.flatMap((one, index) => paired.slice(index + 1).map((other) => pairTerm(one, other)));
  return [
    ...new Set([
      ...[ANY, ...prefixes, ...pairs, bandTerm(bandOf(price.amount))],
      ...(heads.length > MAX_PAIRED ? heads.map(wordyTerm) : []),
      ...(startsAt === undefined ? [] : [dayTerm(startsAt), yearTerm(startsAt.slice(0, 4))]),
    ]),
  ];
}
