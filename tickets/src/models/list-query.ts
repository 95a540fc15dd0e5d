import { badRequest } from '@ticketing/common';
import type { Input } from '@ticketing/common';
import { ownFilter } from '@ticketing/common/mongo';
import { DEFAULT_LIMIT, MAX_AMOUNT } from '@ticketing/common/shapes';
import type { Model } from 'mongoose';
import { NEVER, keywords } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';
import type { SORT_NAMES, api } from '../routes/api.ts';
import { ANY, dateTerms, pairTerms, prefixTerm, priceTerms } from './terms.ts';
import { listIndexes } from './ticket.ts';
import type { TicketDocument } from './ticket.ts';

export type ListQuery = Input<typeof api.routes.list>;

/** The field and the direction of each sort order, and the value of that field in a cursor. Ties are sorted by id. */
const SORTS = {
  newest: { field: '_id', ascending: false, valueOf: (ticket: TicketState) => ticket._id },
  price: { field: 'price.amount', ascending: true, valueOf: (ticket: TicketState) => ticket.price.amount },
  '-price': { field: 'price.amount', ascending: false, valueOf: (ticket: TicketState) => ticket.price.amount },
  soonest: { field: 'closesAt', ascending: true, valueOf: (ticket: TicketState) => ticket.closesAt },
} as const satisfies Record<(typeof SORT_NAMES)[number], object>;

/** Which tickets are listed: those that can be ordered at a time, because a listing closes when its event starts, or a seller's own. */
export type Scope = { orderableAt: Date } | { sellerId: string };

export interface TicketsPage {
  tickets: TicketState[];
  /** The cursor of the next page, if there is one. */
  next: string | null;
  /** Two states of a page never have the same version. */
  version: string;
}

/** A page of the tickets that match a validated query. Throws a 400 for an invalid cursor. */
export async function findPage(model: Model<TicketDocument>, scope: Scope, query: ListQuery): Promise<TicketsPage> {
  const found = await find<TicketState & Versioned>(model, scope, query, '-outbox -seen -keywords');
  const tickets = found.slice(0, limitOf(query));
  const last = tickets.at(-1);
  const { valueOf } = sortOf(query);
  const hasMore = last !== undefined && found.length > tickets.length;
  const next = hasMore ? Buffer.from(JSON.stringify([valueOf(last), last._id])).toString('base64url') : null;
  return { tickets, next, version: versionOf(found) };
}

/** The version of a page, for a fraction of the cost of reading it. */
export const findPageVersion = async (model: Model<TicketDocument>, scope: Scope, query: ListQuery): Promise<string> =>
  versionOf(await find<Versioned>(model, scope, query, 'version changedAt'));

type Versioned = Pick<Ticket, '_id' | 'version' | 'changedAt'>;

/** The version of each ticket identifies its state. The time is added in case MongoDB was restored from a backup. */
const versionOf = (found: Versioned[]): string =>
  found.map(({ _id, version, changedAt }) => `${_id} ${version} ${changedAt}`).join();

const sortOf = ({ sort }: ListQuery) => SORTS[sort ?? 'newest'];
const limitOf = ({ limit }: ListQuery) => limit ?? DEFAULT_LIMIT;

/** The given fields of the tickets of a page, and of one more ticket when there is a next page. */
async function find<T>(model: Model<TicketDocument>, scope: Scope, query: ListQuery, fields: string): Promise<T[]> {
  const { field, ascending } = sortOf(query);
  const direction = ascending ? 1 : -1;
  const all = 'sellerId' in scope ? [scope] : filtersOf(scope.orderableAt.toISOString(), query, field);
  const found: T[] = [];
  for (const { sort, filters } of partsOf(query, field, ascending)) {
    const limit = limitOf(query) + 1 - found.length;
    if (limit === 0) break;
    const reading = model
      .find(ownFilter({ $and: [...all, ...filters] }))
      .select(fields)
      .sort(Object.fromEntries(sort.map((name) => [name, direction])))
      .limit(limit)
      .lean<T[]>();
    // Named, because the server would choose by a trial, with tickets that may not be typical.
    if ('orderableAt' in scope) reading.hint(listIndexes[field]);
    found.push(...(await reading.exec()));
  }
  return found;
}

type SortField = (typeof SORTS)[keyof typeof SORTS]['field'];

/** The parts of the list after the cursor, in order: the rest of the tickets with the same value, then those beyond it. */
function partsOf({ cursor }: ListQuery, field: SortField, ascending: boolean): { sort: string[]; filters: object[] }[] {
  const sort = field === '_id' ? [field] : [field, '_id'];
  if (cursor === undefined) return [{ sort, filters: [] }];
  const { value, id } = readCursor(cursor, field === 'price.amount' ? 'number' : 'string');
  const beyond = (limit: string | number) => (ascending ? { $gt: limit } : { $lt: limit });
  if (field === '_id') return [{ sort, filters: [{ _id: beyond(id) }] }];
  return [
    { sort: ['_id'], filters: [{ [field]: value, _id: beyond(id) }] },
    { sort, filters: [{ [field]: beyond(value) }] },
  ];
}

/** The filters of a query: the terms first, which the index is read by. The index holds the values of all others but words. */
function filtersOf(now: string, query: ListQuery, field: SortField): object[] {
  const { minPrice, maxPrice, after, before } = query;
  const hasDates = after !== undefined || before !== undefined;
  const [from, to] = [after !== undefined && after > now ? after : now, before ?? NEVER];
  const hasPrices = minPrice !== undefined || maxPrice !== undefined;
  const words = wordsOf(query.search);

  const { terms, unchecked } =
    words.length > 0
      ? searchTerms(words)
      : hasDates && field !== 'closesAt'
        ? { terms: dateTerms(from, to) }
        : hasPrices && field !== 'price.amount'
          ? { terms: priceTerms(Math.max(minPrice ?? 1, 1), maxPrice ?? MAX_AMOUNT) }
          : { terms: [ANY] };

  return [
    { status: 'listed', terms: terms.length > 1 ? { $in: terms } : (terms[0] ?? ANY) },
    { closesAt: { $gt: now } },
    // Each word must be the prefix of a word of the ticket. The words contain only letters and digits, so they need no escaping.
    ...(unchecked ?? []).map((word) => ({ keywords: new RegExp(`^${word}`) })),
    ...(minPrice === undefined ? [] : [{ 'price.amount': { $gte: minPrice } }]),
    ...(maxPrice === undefined ? [] : [{ 'price.amount': { $lte: maxPrice } }]),
    // A ticket without a start never closes, and is on no date.
    ...(hasDates ? [{ closesAt: { $gte: from, $lt: to } }] : []),
  ];
}

/** The words of a search, the longest first, without those that a longer one begins with. */
function wordsOf(search = ''): string[] {
  const words = keywords(search).sort((a, b) => b.length - a.length);
  return words.filter((word, index) => !words.slice(0, index).some((longer) => longer.startsWith(word)));
}

/** The terms of the tickets that may have these words, and the words that remain to be checked. */
function searchTerms(words: string[]): { terms: string[]; unchecked: string[] } {
  const [first = '', second] = words;
  const pair = second === undefined ? undefined : pairTerms(first, second);
  if (pair) return { terms: pair, unchecked: words };
  const isWhole = prefixTerm(first) === first;
  return { terms: [prefixTerm(first)], unchecked: isWhole ? words.slice(1) : words };
}

function readCursor(cursor: string, type: 'string' | 'number'): { value: string | number; id: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [value, id] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    if ((typeof value === 'string' || typeof value === 'number') && typeof value === type && typeof id === 'string')
      return { value, id };
  } catch {
    // Not a cursor of this list.
  }
  throw badRequest('invalid-cursor', 'This page does not exist. Start again from the first one.', { field: 'cursor' });
}
