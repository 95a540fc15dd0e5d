import type { Ticket, TicketListQuery } from '@/api/types.ts';
import { MAX_AMOUNT, parsePrice, plainAmount } from './money.ts';
import { dateIn } from './time.ts';

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
  /** Minor units of a currency with two decimals, which is how the API compares. */
  min: number | undefined;
  max: number | undefined;
  /** `2026-12-04` */
  from: string;
  to: string;
  sort: (typeof SORTS)[number][0];
  cursor: string;
  /** The input that can't be read, by the field's name. */
  wrong: Partial<Record<'min' | 'max' | 'from' | 'to', string>>;
}

const PAGE_SIZE = 24;

const text = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).trim();

/** The filters in the list's address; invalid ones are reported in `wrong` and omitted. */
export function readFilters(query: Query): Filters {
  const wrong: Filters['wrong'] = {};
  const price = (name: 'min' | 'max') => {
    const typed = text(query[name]);
    if (typed === '') return undefined;
    const amount = parsePrice(typed, 'usd');
    if (amount === undefined) wrong[name] = typed;
    // The API knows no larger amounts, and no listing has one.
    return amount === undefined ? undefined : Math.min(amount, MAX_AMOUNT);
  };
  const date = (name: 'from' | 'to') => {
    const typed = text(query[name]);
    if (typed === '') return '';
    const time = /^\d{4}-\d{2}-\d{2}$/.test(typed) ? Date.parse(`${typed}T00:00:00Z`) : NaN;
    if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(typed)) return typed;
    wrong[name] = typed;
    return '';
  };
  return {
    // The API's limit; NUL and lone surrogates are never searched for.
    q: text(query['q']).replaceAll('\0', '').toWellFormed().slice(0, 100).trim(),
    min: price('min'),
    max: price('max'),
    from: date('from'),
    to: date('to'),
    sort: SORTS.find(([value]) => value === text(query['sort']))?.[0] ?? 'newest',
    cursor: text(query['cursor']).slice(0, 500),
    wrong,
  };
}

/** The API's query for the list with these filters. */
export const listQuery = ({ q, min, max, from, to, sort, cursor }: Filters): TicketListQuery => ({
  limit: PAGE_SIZE,
  sort,
  ...(q !== '' && { search: q }),
  ...(min !== undefined && { minPrice: min }),
  ...(max !== undefined && { maxPrice: max }),
  // A day begins up to 14 hours before and ends up to 12 hours after UTC's: `onDays` removes the excess.
  ...(from !== '' && { after: shifted(from, -14) }),
  ...(to !== '' && { before: shifted(to, 24 + 12) }),
  ...(cursor !== '' && { cursor }),
});

const shifted = (date: string, hours: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + hours * 3_600_000).toISOString();

/** Whether the ticket's event is within the requested days, in the event's own zone. */
export function onDays(ticket: Ticket, { from, to }: Filters): boolean {
  if (from === '' && to === '') return true;
  if (ticket.startsAt === undefined) return false;
  const day = dateIn(ticket.startsAt, ticket.timeZone);
  return (from === '' || day >= from) && (to === '' || day <= to);
}

/** The list's address with some of the filters changed; always from the first page unless a cursor is given. */
export function listHref(filters: Filters, changes: Partial<Filters> = {}): string {
  const { q, min, max, from, to, sort, cursor } = { ...filters, cursor: '', ...changes };
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (min !== undefined) params.set('min', plainAmount({ amount: min, currency: 'usd' }));
  if (max !== undefined) params.set('max', plainAmount({ amount: max, currency: 'usd' }));
  if (from !== '') params.set('from', from);
  if (to !== '') params.set('to', to);
  if (sort !== 'newest') params.set('sort', sort);
  if (cursor !== '') params.set('cursor', cursor);
  const search = params.toString();
  return search === '' ? '/' : `/?${search}`;
}

/** Whether the list is restricted, by a search or a filter. */
export const isFiltered = ({ q, min, max, from, to }: Filters): boolean =>
  q !== '' || min !== undefined || max !== undefined || from !== '' || to !== '';
