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
const MAX_YEARS = 12;

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

/** The term of a year, a month or a day: the beginning of an instant in ISO 8601. */
const dateTerm = (beginning: string): string => `date:${beginning}`;

/** The terms of tickets whose events start from `from` until before `to`, both in ISO 8601, and of some a few hours outside. */
export function dateTerms(from: string, to: string): string[] {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)];
  /** The parts of a year, a month or a day that are within the days: itself, or parts of its parts. */
  const within = (beginning: string): string[] => {
    const [isAfter, isBefore] = [
      beginning > first.slice(0, beginning.length),
      beginning < last.slice(0, beginning.length),
    ];
    if ((isAfter && isBefore) || beginning.length === 10) return [dateTerm(beginning)];
    return numbers(beginning.length === 4 ? 12 : 31)
      .map((number) => `${beginning}-${String(number).padStart(2, '0')}`)
      .filter((part) => part >= first.slice(0, part.length) && part <= last.slice(0, part.length))
      .flatMap(within);
  };
  const firstYear = Number(first.slice(0, 4));
  return numbers(MAX_YEARS)
    .map((number) => String(firstYear + number - 1))
    .filter((year) => year <= last.slice(0, 4))
    .flatMap(within);
}

/** The numbers from 1 to `count`. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

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
      ...(startsAt === undefined ? [] : [4, 7, 10].map((length) => dateTerm(startsAt.slice(0, length)))),
    ]),
  ];
}
