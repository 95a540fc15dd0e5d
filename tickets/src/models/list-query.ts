import { badRequest } from '@ticketing/common';
import type { Input } from '@ticketing/common';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { TicketChange } from '@ticketing/common/shapes';
import type { Changed } from '@ticketing/core';
import { ownFilter } from '@ticketing/core/mongo';
import type { Model } from 'mongoose';
import { facetKey } from '../facets.ts';
import { NEVER } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';
import type { SORT_NAMES, api } from '../routes/api.ts';
import { queryWords } from '../words.ts';

export type ListQuery = Input<typeof api.routes.list>;

/** The longest that MongoDB may take for a page. A limit that has passed is a 503 with Retry-After. */
const TIME_LIMIT_MS = 2000;

/** The currency of price bounds without a currency. */
const DEFAULT_CURRENCY = 'usd';

const PRICE = 'price.amount';
const CURRENCY = 'price.currency';
const values = {
  _id: (ticket: TicketState) => ticket._id,
  [CURRENCY]: (ticket: TicketState) => ticket.price.currency,
  [PRICE]: (ticket: TicketState) => ticket.price.amount,
  closesAt: (ticket: TicketState) => ticket.closesAt,
};
type SortField = keyof typeof values;

/** The fields and the direction of each sort order. Ties are sorted by id. */
const SORTS = {
  newest: { fields: [], isAscending: false },
  price: { fields: [CURRENCY, PRICE], isAscending: true },
  '-price': { fields: [CURRENCY, PRICE], isAscending: false },
  soonest: { fields: ['closesAt'], isAscending: true },
} as const satisfies Record<(typeof SORT_NAMES)[number], { fields: SortField[]; isAscending: boolean }>;

type ListIndex = Record<string, 1 | -1>;
type ListIndexes = Record<'newest' | 'price' | 'soonest', ListIndex>;

/** The indexes for each sort order of the tickets in one currency, and of those with one facet. */
export const CURRENCY_INDEXES = {
  newest: { [CURRENCY]: 1, _id: -1 },
  price: { status: 1, [CURRENCY]: 1, [PRICE]: 1, _id: 1 },
  soonest: { [CURRENCY]: 1, closesAt: 1, _id: 1 },
} as const satisfies ListIndexes;
export const FACET_INDEXES = {
  newest: { facets: 1, _id: -1 },
  price: { facets: 1, [CURRENCY]: 1, [PRICE]: 1, _id: 1 },
  soonest: { facets: 1, closesAt: 1, _id: 1 },
} as const satisfies ListIndexes;

/** The tickets that can be ordered now: a listing closes when its event starts. */
export const orderable = (now: Date): object[] => [{ status: 'listed' }, { closesAt: { $gt: now.toISOString() } }];

export interface TicketsPage {
  tickets: TicketState[];
  /** The cursor of the next page, if there is one. */
  next: string | null;
  /** Two states of a page never have the same version. */
  version: string;
}

/** A page of the tickets that match `base` and a validated query. Throws a 400 for an invalid cursor. */
export async function findPage(model: Model<Ticket>, base: object[], query: ListQuery): Promise<TicketsPage> {
  const found = await find<TicketState & Versioned>(model, base, query, '-outbox -seen -keywords -facets');
  const tickets = found.slice(0, limitOf(query));
  const last = tickets.at(-1);
  const hasMore = last !== undefined && found.length > tickets.length;
  const position = hasMore ? fieldsOf(query).map((field) => values[field](last)) : [];
  const next = hasMore ? Buffer.from(JSON.stringify(position)).toString('base64url') : null;
  return { tickets, next, version: versionOf(found) };
}

/** The version of a page, for a fraction of the cost of reading it. */
export const findPageVersion = async (model: Model<Ticket>, base: object[], query: ListQuery): Promise<string> =>
  versionOf(await find<Versioned>(model, base, query, 'version changedAt'));

/** Words are collected from this many tickets at most. */
const WORDS_OF = 5000;

/** The words by which the newest listed tickets are found, each once. */
export async function findWords(model: Model<Ticket>): Promise<string[]> {
  const found = await model
    .find({ status: 'listed' })
    .select('-_id keywords')
    .sort({ _id: -1 })
    .limit(WORDS_OF)
    .maxTimeMS(TIME_LIMIT_MS)
    .lean<Pick<Ticket, 'keywords'>[]>()
    .exec();
  return [...new Set(found.flatMap(({ keywords }) => keywords))];
}

/** The tickets that have changed after a position, in the order of their changes. */
export async function findChanges(
  model: Model<Ticket>,
  { changedAt, _id }: Changed,
  limit: number,
): Promise<(TicketChange & Pick<Changed, 'changedAt'>)[]> {
  const found = await model
    .find(ownFilter({ $or: [{ changedAt: { $gt: changedAt } }, { changedAt, _id: { $gt: _id } }] }))
    .select('version status changedAt')
    .sort({ changedAt: 1, _id: 1 })
    .limit(limit)
    .maxTimeMS(TIME_LIMIT_MS)
    .lean<Pick<Ticket, '_id' | 'version' | 'status' | 'changedAt'>[]>()
    .exec();
  return found.map(({ _id: id, version, status, changedAt }) => ({ id, version, status, changedAt }));
}

type Versioned = Pick<Ticket, '_id' | 'version' | 'changedAt'>;

/** The version of each ticket identifies its state. The time is added in case MongoDB was restored from a backup. */
const versionOf = (found: Versioned[]): string =>
  found.map(({ _id, version, changedAt }) => `${_id} ${version} ${changedAt}`).join();

/** The currency that the prices of a query are in, if it has one. */
const currencyOf = ({ currency, minPrice, maxPrice }: ListQuery): string | undefined =>
  currency ?? (minPrice !== undefined || maxPrice !== undefined ? DEFAULT_CURRENCY : undefined);

const sortOf = ({ sort }: ListQuery) => SORTS[sort ?? 'newest'];

/** The fields that a page is sorted by. The currency is none of them when all of its tickets have the same one. */
function fieldsOf(query: ListQuery): SortField[] {
  const fields = sortOf(query).fields.filter((field) => field !== CURRENCY || currencyOf(query) === undefined);
  return [...fields, '_id'];
}

const limitOf = ({ limit }: ListQuery) => limit ?? DEFAULT_LIMIT;

/** The given fields of the tickets of a page, and of one more ticket when there is a next page. */
async function find<T>(model: Model<Ticket>, base: object[], query: ListQuery, fields: string): Promise<T[]> {
  const sorted = fieldsOf(query);
  const { isAscending } = sortOf(query);
  const and = [...base];

  const words = queryWords(query.search ?? '');
  // A search without a letter or a digit, such as "!!!", is for nothing that a ticket could have.
  if (words.length === 0 && query.search !== undefined && query.search.trim() !== '') return [];
  // Each word must be the prefix of a word of the ticket. The words contain only letters and digits, so they need no escaping.
  // The longest is the rarest as a rule, and only the first one bounds the index.
  for (const [word, ...others] of words.sort(([a], [b]) => b.length - a.length)) {
    const begins = (spelling: string) => new RegExp(`^${spelling}`);
    and.push({ keywords: others.length === 0 ? begins(word) : { $in: [word, ...others].map(begins) } });
  }

  const currency = currencyOf(query);
  const facet = facetKey({ ...query, currency });
  if (facet === null) return [];
  const point = {
    ...(currency !== undefined && { [CURRENCY]: currency }),
    ...(facet !== undefined && { facets: facet }),
  };
  and.push(point);
  if (query.minPrice !== undefined) and.push({ [PRICE]: { $gte: query.minPrice } });
  if (query.maxPrice !== undefined) and.push({ [PRICE]: { $lte: query.maxPrice } });

  // A ticket with a start closes then, and `closesAt` is indexed.
  const { after, before, from, to } = query;
  if (after !== undefined) and.push({ startsAt: { $gte: after } }, { closesAt: { $gte: after, $lt: NEVER } });
  if (before !== undefined) and.push({ startsAt: { $lt: before } }, { closesAt: { $lt: before } });
  // Wherever the event is, its day begins up to 14 hours before and ends up to 12 hours after the day in UTC.
  if (from !== undefined) and.push({ day: { $gte: from } }, { closesAt: { $gte: hoursFrom(from, -14), $lt: NEVER } });
  if (to !== undefined) and.push({ day: { $lte: to } }, { closesAt: { $lt: hoursFrom(to, 24 + 12) } });

  if (query.cursor !== undefined) and.push(beyond(point, sorted, readCursor(query.cursor, sorted), isAscending));
  const index = indexOf(query, point);
  return model
    .find(ownFilter({ $and: and }))
    .setOptions(index === undefined ? {} : { hint: index })
    .select(fields)
    .sort(Object.fromEntries(sorted.map((field) => [field, isAscending ? 1 : -1])))
    .limit(limitOf(query) + 1)
    .maxTimeMS(TIME_LIMIT_MS)
    .lean<T[]>()
    .exec();
}

/**
 * The index that has a query's tickets in their order, when the query has no other restriction than `point` or only one by the field
 * that it is sorted by. The server does not look at all ways to combine so many indexes, and would miss the best one. Undefined
 * where it depends on the tickets which index is the best.
 */
function indexOf(query: ListQuery, point: object): ListIndex | undefined {
  const { search = '', sort = 'newest', minPrice, maxPrice, after, before, from, to } = query;
  const byPrice = minPrice !== undefined || maxPrice !== undefined;
  const byDate = [after, before, from, to].some((bound) => bound !== undefined);
  const isByPrice = sort === 'price' || sort === '-price';
  if (search.trim() !== '' || (byPrice && !isByPrice) || (byDate && sort !== 'soonest')) return undefined;
  const indexes = 'facets' in point ? FACET_INDEXES : CURRENCY in point ? CURRENCY_INDEXES : undefined;
  return indexes?.[isByPrice ? 'price' : sort];
}

const hoursFrom = (day: string, hours: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + hours * 3_600_000).toISOString();

type Position = (string | number)[];

/**
 * The tickets behind a position: those that differ first in one of the sorted fields, and there by a later value. `point` is
 * repeated in each branch: the server bounds a branch by a field with several values only where the condition is in the branch.
 */
function beyond(point: object, fields: SortField[], position: Position, isAscending: boolean): object {
  const branches = fields.map((field, index) => ({
    ...point,
    ...Object.fromEntries(fields.slice(0, index).map((former, at) => [former, position[at]])),
    [field]: { [isAscending ? '$gt' : '$lt']: position[index] },
  }));
  return branches.length === 1 ? (branches[0] ?? {}) : { $or: branches };
}

/** Parses the cursor of a page that is sorted by these fields. Throws a 400 for any other. */
function readCursor(cursor: string, fields: SortField[]): Position {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const position = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    const isValid = fields.every((field, index) => typeof position[index] === (field === PRICE ? 'number' : 'string'));
    if (isValid && position.length === fields.length) return position as Position;
  } catch {
    // Not a cursor of this list.
  }
  throw badRequest('invalid-cursor', 'This page does not exist. Start again from the first one.', { field: 'cursor' });
}
