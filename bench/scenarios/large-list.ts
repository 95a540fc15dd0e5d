import { setTimeout as delay } from 'node:timers/promises';
import { CATEGORIES } from '@ticketing/common/shapes';
import { SORT_NAMES } from '../../tickets/src/routes/api.ts';
import { list } from '../../tickets/src/ticket.ts';
import { insertAll, newId } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, percentiles } from '../harness.ts';

const HOUR_MS = 3_600_000;
/** Prices lie between these amounts, and events start within a year from tomorrow. */
const PRICES = { from: 1000, count: 50_000 };
const HOURS = { from: 24, count: 8761 };
const GENRES = ['jazz', 'rock', 'folk', 'opera', 'techno', 'choir', 'blues', 'metal', 'dance', 'swing'];
/** From the word of every ticket to one of none; each page is a query of its own, because its length differs. */
const WORDS = ['concert', 'jazz', 'town17', 'seat4710', 'nothing', 'c', 'jazz town17', 'concert jazz', 'metal town17'];
const SHORTEST = 10;
/** Of one ticket in eight. */
const CITIES = 25;

/** The list with 300,000 tickets of which 100,000 are listed, at the service: every page of each sort, each filter and searches of a word. */
export async function largeList(bench: Bench): Promise<void> {
  const { quick, at, record, collection } = bench;
  const total = quick ? 30_000 : 300_000;
  const samples = quick ? 30 : 100;
  const sellerId = newId();
  await seed(bench, total, sellerId);
  const scenario = 'large list';
  let greatest = 0;
  const keep = (name: string, times: readonly number[]) => {
    const figures = percentiles(times);
    greatest = Math.max(greatest, figures['p99 ms'] ?? NaN);
    record(scenario, name, [figures]);
  };

  const get = async (query: Record<string, string | number>) => {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const { status, body, ms } = await call<{ next: string | null }>(
      'GET',
      `${at('tickets')}/api/tickets?${search.toString()}`,
    );
    if (status !== 200) throw new Error(`the list answered ${status} for ${search.toString()}`);
    return { ms, next: body.next };
  };
  const measure = async (name: string, queryOf: (sample: number) => Record<string, string | number>) => {
    const times: number[] = [];
    while (times.length < samples) times.push((await get(queryOf(times.length))).ms);
    keep(name, times);
  };

  for (const sort of SORT_NAMES) {
    const times: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { ms, next } = await get({ sort, limit: 100, ...(cursor !== '' && { cursor }) });
      times.push(ms);
      cursor = next;
    }
    keep(`sort ${sort}, all pages`, times);
  }
  for (const sort of SORT_NAMES) {
    for (const [name, filter] of Object.entries(FILTERS))
      await measure(`sort ${sort}, ${name}`, (sample) => ({ sort, ...filter(sample / samples) }));
    for (const search of WORDS)
      await measure(`sort ${sort}, search ${search}`, (sample) => ({ sort, search, limit: SHORTEST + (sample % 90) }));
  }
  await measure('search jazz, in a price range, by date', (sample) => ({
    ...{ sort: 'soonest', search: 'jazz' },
    ...priceRange(sample / samples),
  }));
  record(scenario, `the greatest of all, ${total} tickets`, [{ 'p99 ms': greatest }]);
  await collection('tickets', 'tickets').deleteMany({ sellerId });
}

const priceAt = (share: number) => Math.floor(PRICES.from + share * PRICES.count);
const hourAt = (share: number) =>
  new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + Math.floor(HOURS.from + share * HOURS.count) * HOUR_MS);
const priceRange = (share: number) => ({ minPrice: priceAt(share), maxPrice: priceAt(share) + PRICES.count / 100 });

/** Each filter by a share from 0 to 1, at which it lies within what there is. */
const FILTERS: Record<string, (share: number) => Record<string, string | number>> = {
  'price from': (share) => ({ minPrice: priceAt(share) }),
  'price to': (share) => ({ maxPrice: priceAt(share) }),
  'a price range': priceRange,
  'from a date': (share) => ({ after: hourAt(share).toISOString() }),
  'to a date': (share) => ({ before: hourAt(share).toISOString() }),
  'a day': (share) => ({ after: hourAt(share).toISOString(), before: hourAt(share + 24 / HOURS.count).toISOString() }),
  'a day in a price range': (share) => ({
    ...priceRange(1 - share),
    ...{ after: hourAt(share).toISOString(), before: hourAt(share + 24 / HOURS.count).toISOString() },
  }),
  'a currency': () => ({ currency: 'usd' }),
  'a category': (share) => ({ category: CATEGORIES[Math.floor(share * CATEGORIES.length)] ?? '' }),
  'a city': (share) => ({ city: `city${Math.floor(share * CITIES)}` }),
  'a category in a city from a date': (share) => ({
    ...{ category: 'concert', city: `city${Math.floor(share * CITIES)}`, after: hourAt(share).toISOString() },
  }),
  'a word in a city': (share) => ({ search: 'concert', city: `city${Math.floor(share * CITIES)}` }),
};

async function seed({ collection, log }: Bench, total: number, sellerId: string): Promise<void> {
  const startedAt = performance.now();
  const now = new Date();
  const CHUNK = 10_000;
  for (let from = 0; from < total; from += CHUNK)
    await insertAll(
      collection('tickets', 'tickets'),
      Array.from({ length: Math.min(CHUNK, total - from) }, (_, index) => ticket(from + index, sellerId, now)),
    );
  // The store works on new documents for some seconds after their insert.
  await delay(total / 20);
  log(`${total} tickets were seeded in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

/** A third of the tickets is listed; prices, dates and words are spread evenly over all of them. */
function ticket(index: number, sellerId: string, now: Date): object {
  const spread = (step: number, count: number) => (index * step) % count;
  const listing = {
    title: `Concert ${GENRES[spread(7, GENRES.length)] ?? ''} seat${index}`,
    venue: `town${spread(37, 100)}`,
    ...(index % 8 === 0 && { category: CATEGORIES[spread(5, CATEGORIES.length)], city: `City${spread(11, CITIES)}` }),
    price: { amount: PRICES.from + spread(7919, PRICES.count), currency: 'usd' },
    startsAt: hourAt(spread(4099, HOURS.count) / HOURS.count).toISOString(),
    timeZone: 'Europe/Berlin',
  };
  const { state } = list(newId(), sellerId, listing, now);
  const status = (['listed', 'sold', 'withdrawn'] as const)[index % 3] ?? 'listed';
  return { ...state, status, changedAt: now.toISOString(), outbox: [] };
}
