import { badRequest } from '@ticketing/common';
import type { Input } from '@ticketing/common';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { TicketChange } from '@ticketing/common/shapes';
import type { Changed } from '@ticketing/core';
import { ownFilter } from '@ticketing/core/mongo';
import type { Model } from 'mongoose';
import { facetKey } from '../facets.ts';
import { withFacets, withWord, wordsIn } from '../search-text.ts';
import { NEVER } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';
import type { SORT_NAMES, api } from '../routes/api.ts';
import { queryWords } from '../words.ts';
import { cachedCounts } from './counts.ts';
import { ALL, CURRENCY, PRICE, WITH_CURRENCY, WITH_FACET, WITH_WORD } from './list-indexes.ts';
import type { ListIndex } from './list-indexes.ts';

export type ListQuery = Input<typeof api.routes.list>;

/** The longest that MongoDB may take for a command of the list. A limit that has passed is a 503 with Retry-After. */
const TIME_LIMIT_MS = 2000;

/** The currency of price bounds without a currency. */
const DEFAULT_CURRENCY = 'usd';

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

/**
 * A restriction that leaves fewer tickets than this is read first, and its tickets are sorted; one that leaves more is decided while the
 * tickets are read in their order, where a page of them comes soon. With several restrictions it comes later.
 */
const FEW = 3000;
const FEW_OF_SEVERAL = 6000;

/** Words are collected from this many tickets at most, some at a time. */
const WORDS_OF = 5000;
const WORDS_PAGE = 500;

/** The tickets that can be ordered now: a listing closes when its event starts. */
export const orderable = (now: Date): object[] => [{ status: 'listed' }, { closesAt: { $gt: now.toISOString() } }];

export interface TicketsPage {
  tickets: TicketState[];
  /** The cursor of the next page, if there is one. */
  next: string | null;
  /** Two states of a page never have the same version. */
  version: string;
}

/** The queries of the list. */
export function listQueries(model: Model<Ticket>, now = () => performance.now()) {
  const cached = cachedCounts(now);

  /** How many listed tickets a restriction leaves, counted up to a limit. */
  const countOf = ({ index, by }: Restriction, limit: number) =>
    cached(
      JSON.stringify([index, by, limit], (_, value: unknown) => (value instanceof RegExp ? value.source : value)),
      () =>
        model
          .countDocuments(ownFilter({ $and: [{ status: 'listed' }, ...by] }))
          .setOptions({ hint: index, limit })
          .maxTimeMS(TIME_LIMIT_MS)
          .exec(),
    );

  /** The restriction that leaves few tickets, if there is one; of several the one that leaves the fewest. */
  async function narrowest(asked: Asked, query: ListQuery): Promise<Restriction | undefined> {
    const restrictions = restrictionsOf(asked, query);
    const limit = restrictions.length > 1 ? FEW_OF_SEVERAL : FEW;
    const counts = await Promise.all(restrictions.map((one) => countOf(one, limit)));
    const least = Math.min(...counts);
    return least < limit ? restrictions[counts.indexOf(least)] : undefined;
  }

  /** Reads the tickets behind the cursor of a query that meet all conditions, in its order: one more than a page has, if there are. */
  function inOrder(conditions: object[], query: ListQuery, index: ListIndex) {
    return model
      .find(ownFilter(behindCursor(conditions, query)))
      .setOptions({ hint: index })
      .sort(directionsOf(query))
      .limit(limitOf(query) + 1)
      .maxTimeMS(TIME_LIMIT_MS);
  }

  /** The ids of the same tickets, by sorting those that a restriction leaves. Only keys of its index are read. */
  async function sortedIds({ exact, patterns }: Conditions, query: ListQuery, index: ListIndex): Promise<string[]> {
    type Key = Pick<Ticket, '_id'>;
    if (patterns.length === 0 || !hasArrays(index)) {
      const conditions = [...exact, ...patterns.map(matching)];
      const keys = await inOrder(conditions, query, index).select('_id').lean<Key[]>().exec();
      return keys.map(({ _id }) => _id);
    }
    // By an index with arrays the server would read each ticket to match a pattern, unless it is matched with a computed value.
    const text = { $concat: ['$searchText'] };
    const keys = await model
      .aggregate<Key>([
        { $match: behindCursor(exact, query) },
        { $project: { ...Object.fromEntries(fieldsOf(query).map((field) => [field, 1])), text } },
        { $match: { $and: patterns.map((pattern) => ({ text: pattern })) } },
        { $sort: directionsOf(query) },
        { $limit: limitOf(query) + 1 },
        { $project: { _id: 1 } },
      ])
      .option({ hint: index, maxTimeMS: TIME_LIMIT_MS })
      .exec();
    return keys.map(({ _id }) => _id);
  }

  /** The given fields of the tickets of a page, and of the next ticket when there is one. Throws a 400 for an invalid cursor. */
  async function find<T extends Pick<Ticket, '_id'>>(
    base: object[],
    query: ListQuery,
    fields: string,
  ): Promise<Found<T>> {
    const asked = askedBy(query);
    if (asked === undefined) return { found: [], hasMore: false };
    const first = await narrowest(asked, query);
    const index = first?.index ?? indexesFor(asked)[sortOf(query).name];
    const { exact, patterns } = conditionsOf(asked, query, index, first?.word);
    const conditions = [...base, ...exact, ...patterns.map(matching)];
    if (first === undefined) {
      const found = await inOrder(conditions, query, index).select(fields).lean<T[]>().exec();
      return { found, hasMore: found.length > limitOf(query) };
    }
    const ids = await sortedIds({ exact: [...base, ...exact], patterns }, query, index);
    if (ids.length === 0) return { found: [], hasMore: false };
    // A ticket that has changed since then may no longer meet the conditions.
    const read = await model
      .find(ownFilter({ $and: [{ _id: { $in: ids } }, ...conditions] }))
      .setOptions({ hint: { _id: 1 } })
      .select(fields)
      .maxTimeMS(TIME_LIMIT_MS)
      .lean<T[]>()
      .exec();
    const byId = new Map(read.map((ticket) => [ticket._id, ticket]));
    return { found: ids.flatMap((id) => byId.get(id) ?? []), hasMore: ids.length > limitOf(query) };
  }

  function pageOf({ found, hasMore }: Found<TicketState & Versioned>, query: ListQuery): TicketsPage {
    const tickets = found.slice(0, limitOf(query));
    const last = tickets.at(-1);
    const position = hasMore && last ? fieldsOf(query).map((field) => values[field](last)) : [];
    const next = position.length > 0 ? Buffer.from(JSON.stringify(position)).toString('base64url') : null;
    return { tickets, next, version: versionOf(found) };
  }

  return {
    /** A page of the tickets that meet the conditions of `base` and a validated query. Throws a 400 for an invalid cursor. */
    page: async (base: object[], query: ListQuery): Promise<TicketsPage> =>
      pageOf(await find(base, query, SHOWN), query),

    /** The version of a page, for a fraction of the cost of reading it. */
    pageVersion: async (base: object[], query: ListQuery): Promise<string> =>
      versionOf((await find<Versioned>(base, query, 'version changedAt')).found),

    /** A page of a seller's tickets in every state, the newest first. Throws a 400 for an invalid cursor. */
    async ownPage(sellerId: string, query: Pick<ListQuery, 'limit' | 'cursor'>): Promise<TicketsPage> {
      const reading = inOrder([{ sellerId }], query, { sellerId: 1, _id: -1 });
      const found = await reading.select(SHOWN).lean<(TicketState & Versioned)[]>().exec();
      return pageOf({ found, hasMore: found.length > limitOf(query) }, query);
    },

    /** The words by which the newest listed tickets are found, each once. */
    async words(): Promise<string[]> {
      const words = new Set<string>();
      for (let [read, last] = [0, undefined as string | undefined]; read < WORDS_OF; read += WORDS_PAGE) {
        const page = await model
          .find(ownFilter({ status: 'listed', ...(last !== undefined && { _id: { $lt: last } }) }))
          .setOptions({ hint: ALL.newest })
          .select('searchText')
          .sort({ _id: -1 })
          .limit(WORDS_PAGE)
          .maxTimeMS(TIME_LIMIT_MS)
          .lean<Pick<Ticket, '_id' | 'searchText'>[]>()
          .exec();
        for (const { searchText = '' } of page) for (const word of wordsIn(searchText)) words.add(word);
        last = page.at(-1)?._id;
        if (page.length < WORDS_PAGE) break;
      }
      return [...words];
    },
  };
}

const SHOWN = '-outbox -seen -keywords -facets -searchText';

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

interface Found<T> {
  found: T[];
  hasMore: boolean;
}

/** The version of each ticket identifies its state. The time is added in case MongoDB was restored from a backup. */
const versionOf = (found: Versioned[]): string =>
  found.map(({ _id, version, changedAt }) => `${_id} ${version} ${changedAt}`).join();

/** The currency that the prices of a query are in, if it has one. */
const currencyOf = ({ currency, minPrice, maxPrice }: ListQuery): string | undefined =>
  currency ?? (minPrice !== undefined || maxPrice !== undefined ? DEFAULT_CURRENCY : undefined);

function sortOf({ sort = 'newest' }: ListQuery) {
  return { name: sort, ...SORTS[sort] };
}

/** The fields that a page is sorted by. The currency is none of them when all of its tickets have the same one. */
function fieldsOf(query: ListQuery): SortField[] {
  const fields: readonly SortField[] = sortOf(query).fields;
  return [...fields.filter((field) => field !== CURRENCY || currencyOf(query) === undefined), '_id'];
}

const limitOf = ({ limit }: ListQuery) => limit ?? DEFAULT_LIMIT;

/** A word of a search, in each of its spellings. */
type Spellings = [string, ...string[]];

/** What a query asks for. */
interface Asked {
  words: Spellings[];
  /** Its currency and its facet, each a value that all of its tickets have. */
  currency: string | undefined;
  facet: string | undefined;
  /** The conditions of its bounds. */
  prices: object[];
  dates: object[];
}

/** Undefined for a query that no ticket can match. */
function askedBy(query: ListQuery): Asked | undefined {
  const { search = '', minPrice, maxPrice, after, before, from, to } = query;
  const words = queryWords(search);
  // A search without a letter or a digit, such as "!!!", is for nothing that a ticket could have.
  if (words.length === 0 && search.trim() !== '') return undefined;
  const currency = currencyOf(query);
  const facet = facetKey({ ...query, currency });
  if (facet === null) return undefined;
  const prices = [
    ...(minPrice === undefined ? [] : [{ [PRICE]: { $gte: minPrice } }]),
    ...(maxPrice === undefined ? [] : [{ [PRICE]: { $lte: maxPrice } }]),
  ];
  // A ticket with a start closes then, and one without never does.
  const dates = [
    ...(after === undefined ? [] : [{ closesAt: { $gte: after, $lt: NEVER } }]),
    ...(before === undefined ? [] : [{ closesAt: { $lt: before } }]),
    // Wherever the event is, its day begins up to 14 hours before and ends up to 12 hours after the day in UTC.
    ...(from === undefined ? [] : [{ closesAt: { $gte: hoursFrom(from, -14), $lt: NEVER } }, { day: { $gte: from } }]),
    ...(to === undefined ? [] : [{ closesAt: { $lt: hoursFrom(to, 24 + 12) } }, { day: { $lte: to } }]),
  ];
  return { words, currency, facet, prices, dates };
}

/**
 * The indexes in each sort order that have few other tickets than those of a query. Those by facet have an array, so by them the server
 * can't match the words of a search.
 */
function indexesFor({ words, currency, facet }: Asked) {
  if (facet !== undefined && words.length === 0) return WITH_FACET;
  return currency !== undefined ? WITH_CURRENCY : ALL;
}

const hasArrays = (index: ListIndex): boolean => 'keywords' in index || 'facets' in index;

/** The conditions on the values that all tickets of a query have, the facet only where the index has facets. */
const pointIn = (index: ListIndex, { currency, facet }: Asked): object[] => [
  ...(currency === undefined ? [] : [{ [CURRENCY]: currency }]),
  ...(facet === undefined || !('facets' in index) ? [] : [{ facets: facet }]),
];

/** Tickets with a word that begins with one of these spellings, which contain only letters and digits. */
function beginningWith(spellings: Spellings): object {
  const [first, ...others] = spellings.map((spelling) => new RegExp(`^${spelling}`));
  return { keywords: others.length === 0 ? first : { $in: [first, ...others] } };
}

/** Tickets whose text matches a pattern. */
const matching = (searchText: RegExp): object => ({ searchText });

/** A part of a query that an index other than that of its sort order begins with. */
interface Restriction {
  index: ListIndex;
  by: object[];
  word?: Spellings;
}

/** The restrictions of a query by other fields than it is sorted by. */
function restrictionsOf(asked: Asked, query: ListQuery): Restriction[] {
  const { words, facet, prices, dates } = asked;
  const sort = sortOf(query).name;
  const indexes = indexesFor(asked);
  const within = (index: ListIndex, bounds: object[]): Restriction[] =>
    bounds.length === 0 || index === indexes[sort] ? [] : [{ index, by: [...pointIn(index, asked), ...bounds] }];
  return [
    ...words.map((word) => ({ index: WITH_WORD, by: [beginningWith(word)], word })),
    ...(words.length > 0 && facet !== undefined ? [{ index: WITH_FACET[sort], by: [{ facets: facet }] }] : []),
    ...within(indexes.price, prices),
    ...within(indexes.soonest, dates),
  ];
}

/** The conditions of a query on the fields of an index: those that bound it exactly, and the patterns of texts. */
interface Conditions {
  exact: object[];
  patterns: RegExp[];
}

/** `word` is the one that the index of words is read by. */
function conditionsOf(asked: Asked, query: ListQuery, index: ListIndex, word?: Spellings): Conditions {
  const { words, facet, prices, dates } = asked;
  return {
    exact: [...pointIn(index, asked), ...(word === undefined ? [] : [beginningWith(word)]), ...prices, ...dates],
    patterns: [
      ...(facet === undefined || 'facets' in index ? [] : withFacets(query)),
      ...words.filter((one) => one !== word).map(withWord),
    ],
  };
}

const hoursFrom = (day: string, hours: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + hours * 3_600_000).toISOString();

type Position = (string | number)[];

/** The tickets that meet all conditions and are behind the cursor of a query, if it has one. Throws a 400 for an invalid one. */
function behindCursor(conditions: object[], query: ListQuery): object {
  if (query.cursor === undefined) return { $and: conditions };
  const fields = fieldsOf(query);
  const position = readCursor(query.cursor, fields);
  // They differ first in one of the sorted fields, and there by a later value. All conditions are in each branch: the server bounds a
  // branch only by what is in it.
  const branches = fields.map((field, index) => ({
    $and: [
      ...conditions,
      ...fields.slice(0, index).map((former, at) => ({ [former]: position[at] })),
      { [field]: { [sortOf(query).isAscending ? '$gt' : '$lt']: position[index] } },
    ],
  }));
  return branches.length === 1 ? (branches[0] ?? {}) : { $or: branches };
}

const directionsOf = (query: ListQuery): Record<string, 1 | -1> =>
  Object.fromEntries(fieldsOf(query).map((field) => [field, sortOf(query).isAscending ? 1 : -1]));

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
