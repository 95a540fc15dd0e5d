import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CATEGORIES } from '@ticketing/common/shapes';
import { queryPlans, randomTicketId } from '@ticketing/core/testing';
import type { QueryPlan } from '@ticketing/core/testing';
import { facetKey } from '../src/facets.ts';
import { list } from '../src/ticket.ts';
import type { TicketState } from '../src/ticket.ts';
import { queryWords } from '../src/words.ts';
import { startTickets } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

// A list in which some restrictions leave so many tickets that a page is read in its order, and some so few that these are sorted.

const NOW = new Date('2027-03-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const TICKETS = 10_000;
const GENRES = ['rock', 'jazz', 'opera', 'ballet', 'derby', 'circus', 'tango', 'choir', 'comedy', 'chess'];
const CITIES = ['Berlin', 'Köln', 'Paris', 'Wien', 'New York'];
const PAGE = 10;

type Query = Record<string, string>;

let service: TicketsUnderTest;
let listed: TicketState[];
beforeAll(async () => {
  service = await startTickets();
  service.setNow(NOW);
  const states = Array.from({ length: TICKETS }, (_, index) => {
    // Steps without a common divisor with their counts spread the values evenly, each independent of the others.
    const spread = (step: number, count: number) => (index * step) % count;
    const hours = spread(4099, 8761) - 100;
    const listing = {
      title: `Live ${spread(1, 8) === 0 ? '' : 'show '}${GENRES[Math.floor(spread(37, 1000) / 100)] ?? ''} seat${index}`,
      venue: `Müller town${spread(61, 103)}`,
      price: { amount: 1000 + spread(7919, 5003), currency: spread(11, 17) === 0 ? 'eur' : 'usd' },
      ...(index % 3 === 0 && { category: CATEGORIES[spread(3, 7)], city: CITIES[spread(7, 5)] }),
      ...(index % 9 !== 0 && { startsAt: new Date(NOW.getTime() + hours * HOUR_MS).toISOString() }),
    };
    const { state } = list(randomTicketId(), `seller-${index % 50}`, listing, NOW);
    return { ...state, status: index % 11 < 2 ? ('sold' as const) : ('listed' as const) };
  });
  listed = states.filter(({ status, closesAt }) => status === 'listed' && closesAt > NOW.toISOString());
  const documents = states.map((state) => ({ ...state, changedAt: NOW.toISOString(), outbox: [] }));
  await service.tickets.collection.insertMany(documents as never[], { ordered: false });
});
afterAll(() => service.stop());

/** The ids of the first pages of a query, and the plans by which they were read. */
async function read(query: Query, pages: number): Promise<{ ids: string[]; plans: QueryPlan[] }> {
  const ids: string[] = [];
  const plans = await queryPlans(service.tickets.db, async () => {
    for (let [cursor, page] = ['', 0]; page < pages; page++) {
      const text = new URLSearchParams({ limit: String(PAGE), ...query, ...(cursor !== '' && { cursor }) }).toString();
      const { tickets, next } = (await service.api.get(`/api/tickets?${text}`).expect(200)).body as {
        tickets: { id: string }[];
        next: string | null;
      };
      ids.push(...tickets.map(({ id }) => id));
      if (next === null) break;
      cursor = next;
    }
  });
  return { ids, plans };
}

/** The ids of all tickets that a query should find, in its order. */
function expected(query: Query): string[] {
  const { search = '', category, city, minPrice, maxPrice, after, before, from, to, sort = 'newest' } = query;
  const currency = query['currency'] ?? (minPrice !== undefined || maxPrice !== undefined ? 'usd' : undefined);
  const facet = facetKey({ category, city, currency });
  const found = listed.filter(
    ({ keywords, facets = [], price, startsAt, day }) =>
      queryWords(search).every((word) => keywords.some((one) => word.some((spelling) => one.startsWith(spelling)))) &&
      (facet === undefined || (facet !== null && facets.includes(facet))) &&
      (currency === undefined || price.currency === currency) &&
      price.amount >= Number(minPrice ?? 0) &&
      price.amount <= Number(maxPrice ?? Infinity) &&
      (after === undefined || (startsAt !== undefined && Date.parse(startsAt) >= Date.parse(after))) &&
      (before === undefined || (startsAt !== undefined && Date.parse(startsAt) < Date.parse(before))) &&
      (from === undefined || (day !== undefined && day >= from)) &&
      (to === undefined || (day !== undefined && day <= to)),
  );
  const keyOf = ({ _id, price, closesAt }: TicketState) => {
    const amount = String(price.amount).padStart(12, '0');
    return `${sort === 'soonest' ? closesAt : sort === 'newest' ? '' : `${price.currency} ${amount}`} ${_id}`;
  };
  const direction = sort === 'newest' || sort === '-price' ? -1 : 1;
  return found
    .map((ticket) => ({ key: keyOf(ticket), id: ticket._id }))
    .sort((a, b) => direction * (a.key < b.key ? -1 : 1))
    .map(({ id }) => id);
}

const SEARCHES = [
  'live',
  'l',
  'show',
  'jazz',
  'town17',
  'seat12',
  'seat4711',
  'nothing',
  'müller',
  'live show',
  'jazz town17',
  'show live jazz',
];
const PRICES = [
  { minPrice: '1500' },
  { maxPrice: '1200' },
  { minPrice: '3000', maxPrice: '3050' },
  { maxPrice: '900' },
];
const DATES = [
  { after: '2027-04-01T00:00:00Z' },
  { before: '2027-03-20T00:00:00Z' },
  { after: '2027-06-01T00:00:00Z', before: '2027-06-02T00:00:00Z' },
  { from: '2027-07-01' },
  { from: '2027-07-01', to: '2027-07-01' },
];
const FILTERS: Query[] = [
  {},
  ...SEARCHES.map((search) => ({ search })),
  ...PRICES,
  ...DATES,
  { search: 'jazz', minPrice: '3000', maxPrice: '3100' },
  { search: 'jazz town17', after: '2027-04-01T00:00:00Z' },
  { search: 'live', category: 'concert' },
  { search: 'jazz', category: 'sport', city: 'Berlin' },
  { search: 'live', currency: 'eur' },
  { search: 'town17', city: 'koeln', currency: 'usd' },
  { currency: 'usd', after: '2027-06-01T00:00:00Z', before: '2027-06-02T00:00:00Z' },
  { minPrice: '1500', maxPrice: '2500', after: '2027-06-01T00:00:00Z', before: '2027-08-01T00:00:00Z' },
  { minPrice: '1500', category: 'concert' },
  { city: 'Paris', from: '2027-07-01', to: '2027-08-01' },
];
const SORTS = ['newest', 'price', '-price', 'soonest'];
const QUERIES = FILTERS.flatMap((filter) => SORTS.map((sort) => ({ ...filter, sort })));

describe('the first pages of', () => {
  it.each(QUERIES)('%j have its tickets in order, and no ticket is read for anything else', async (query) => {
    const { ids, plans } = await read(query, 3);
    expect(ids).toEqual(expected(query).slice(0, 3 * PAGE));
    expect(plans).not.toEqual([]);
    for (const { query: text, plan, sorts, examined, keysExamined, returned } of plans) {
      expect({ text, plan }).toEqual({ text, plan: expect.stringMatching(/^(IXSCAN|COUNT_SCAN)/) });
      // What is sorted is keys: no ticket is read before it is known to be on the page.
      if (sorts)
        expect({ text, examined, isAPage: returned <= PAGE + 1 }).toEqual({ text, examined: 0, isAPage: true });
      expect({ text, examined, isTwiceAtMost: examined <= 2 * returned }).toEqual({
        text,
        examined,
        isTwiceAtMost: true,
      });
      expect({ text, keysExamined, isBounded: keysExamined < TICKETS }).toEqual({
        text,
        keysExamined,
        isBounded: true,
      });
    }
  });
});

describe('all pages of', () => {
  it.each<Query>([
    { search: 'jazz', sort: 'newest', limit: '50' },
    { search: 'town17', sort: 'price', limit: '7' },
    { search: 'live', sort: '-price', limit: '100' },
    { after: '2027-06-01T00:00:00Z', before: '2027-06-03T00:00:00Z', sort: '-price', limit: '3' },
    { minPrice: '3000', maxPrice: '3100', sort: 'soonest', limit: '20' },
  ])('%j have each of its tickets once, in order', async (query) => {
    const { ids } = await read(query, Infinity);
    expect(ids).toEqual(expected(query));
    expect(ids.length).toBeGreaterThan(10);
  });
});
