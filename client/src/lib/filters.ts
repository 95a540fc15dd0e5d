import { currencyOf } from '@ticketing/common/currencies';
import type { TicketListQuery } from '@/api/types.ts';
import { CATEGORY_NAMES } from './ticket-fields.ts';
import { parsePrice, plainAmount, priceExamples } from './money.ts';

/** The query of a page's address: everything is text and may be invalid. */
export type Query = Record<string, string | string[] | undefined>;

export const SORTS = [
  ['newest', 'Recently listed'],
  ['soonest', 'Event date (soonest)'],
  ['price', 'Price (lowest)'],
  ['-price', 'Price (highest)'],
] as const;

export interface Filters {
  q: string;
  /** Empty for any, as the city. */
  category: string;
  city: string;
  /** Of the prices; empty for any. */
  currency: string;
  /** Minor units of the currency. */
  min: number | undefined;
  max: number | undefined;
  /** `2026-12-04` */
  from: string;
  to: string;
  sort: (typeof SORTS)[number][0];
  cursor: string;
  /** The input that is ignored, by the field's name, and why. */
  wrong: Partial<Record<'min' | 'max' | 'from' | 'to' | 'sort', { typed: string; text: string }>>;
}

/** Prices are compared within one currency only. */
export const isByPrice = (sort: string): boolean => sort.endsWith('price');

const PAGE_SIZE = 24;

/** The currency of a price bound without a currency. */
const DEFAULT_CURRENCY = 'usd';

const text = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).trim();

/** The filters in the list's address; invalid ones are reported in `wrong` and omitted. */
export function readFilters(query: Query): Filters {
  const wrong: Filters['wrong'] = {};
  const typed = (name: keyof Filters['wrong']) => text(query[name]);
  const ignore = (name: keyof Filters['wrong'], why: string): void => {
    wrong[name] = { typed: typed(name), text: `${why} Filter ignored.` };
  };
  const searched = (name: string, max: number) =>
    // The API's limits, in code points of composed Unicode; NUL and lone surrogates are never searched for.
    Array.from(text(query[name]).replaceAll('\0', '').toWellFormed().normalize('NFC')).slice(0, max).join('').trim();
  const chosen = currencyOf(text(query['currency'])) === undefined ? '' : text(query['currency']);
  const currency = chosen === '' ? DEFAULT_CURRENCY : chosen;
  const price = (name: 'min' | 'max') => {
    if (typed(name) === '') return undefined;
    const amount = parsePrice(typed(name), currency);
    if (amount === undefined) ignore(name, `Enter a price like ${priceExamples(currency)}.`);
    // No listing has a higher price.
    return amount === undefined ? undefined : Math.min(amount, currencyOf(currency)?.maximum ?? amount);
  };
  const date = (name: 'from' | 'to') => {
    if (typed(name) === '') return undefined;
    const time = /^20\d\d-\d{2}-\d{2}$/.test(typed(name)) ? Date.parse(`${typed(name)}T00:00:00Z`) : NaN;
    const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(typed(name));
    if (!exists) ignore(name, 'Enter a date in the years 2000 to 2099.');
    return exists ? typed(name) : undefined;
  };
  const [min, from] = [price('min'), date('from')];
  const [max, to] = [price('max'), date('to')];
  const isMaxBelow = min !== undefined && max !== undefined && max < min;
  const isToBefore = from !== undefined && to !== undefined && to < from;
  if (isMaxBelow) ignore('max', 'This is below the min. price.');
  if (isToBefore) ignore('to', 'This is before the first date.');
  const pricesIn = min === undefined && max === undefined ? chosen : currency;
  const sort = SORTS.find(([value]) => value === typed('sort'))?.[0] ?? 'newest';
  const isUnsortable = isByPrice(sort) && pricesIn === '';
  if (isUnsortable) wrong.sort = { typed: sort, text: 'To sort by price, choose a currency.' };
  const category = text(query['category']);
  return {
    q: searched('q', 100),
    category: Object.hasOwn(CATEGORY_NAMES, category) ? category : '',
    city: searched('city', 80),
    currency: pricesIn,
    min,
    max: isMaxBelow ? undefined : max,
    from: from ?? '',
    to: isToBefore ? '' : (to ?? ''),
    sort: isUnsortable ? 'newest' : sort,
    cursor: text(query['cursor']).slice(0, 500),
    wrong,
  };
}

/** The API's query for the list with these filters. */
export const listQuery = ({
  q,
  category,
  city,
  currency,
  min,
  max,
  from,
  to,
  sort,
  cursor,
}: Filters): TicketListQuery => ({
  limit: PAGE_SIZE,
  sort,
  ...(q !== '' && { search: q }),
  ...(category !== '' && { category }),
  ...(city !== '' && { city }),
  ...(currency !== '' && { currency }),
  ...(min !== undefined && { minPrice: min }),
  ...(max !== undefined && { maxPrice: max }),
  ...(from !== '' && { from }),
  ...(to !== '' && { to }),
  ...(cursor !== '' && { cursor }),
});

/** The list's address with some of the filters changed; always from the first page unless a cursor is given. */
export function listHref(filters: Filters, changes: Partial<Filters> = {}): string {
  const { q, category, city, currency, min, max, from, to, sort, cursor } = { ...filters, cursor: '', ...changes };
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (category !== '') params.set('category', category);
  if (city !== '') params.set('city', city);
  if (currency !== '') params.set('currency', currency);
  if (min !== undefined) params.set('min', plainAmount({ amount: min, currency }));
  if (max !== undefined) params.set('max', plainAmount({ amount: max, currency }));
  if (from !== '') params.set('from', from);
  if (to !== '') params.set('to', to);
  if (sort !== 'newest') params.set('sort', sort);
  if (cursor !== '') params.set('cursor', cursor);
  const search = params.toString();
  return search === '' ? '/' : `/?${search}`;
}

/** The address of the list without empty parameters, which a form has without scripts; undefined when it has none. */
export function withoutEmptyParams(address: URL): URL | undefined {
  const params = [...address.searchParams];
  const filled = params.filter(([, value]) => value !== '');
  if (address.pathname !== '/' || filled.length === params.length) return undefined;
  const shorter = new URL(address);
  shorter.search = new URLSearchParams(filled).toString();
  return shorter;
}

/** Whether only some days are listed. */
export const hasDates = ({ from, to }: Filters): boolean => from !== '' || to !== '';

/** Whether the list is restricted by anything but a search and days. */
export const hasOthers = ({ category, city, currency, min, max }: Filters): boolean =>
  category !== '' || city !== '' || currency !== '' || min !== undefined || max !== undefined;

/** Whether the list is restricted, by a search or a filter. */
export const isFiltered = (filters: Filters): boolean => filters.q !== '' || hasDates(filters) || hasOthers(filters);
