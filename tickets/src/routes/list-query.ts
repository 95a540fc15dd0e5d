import { badRequest } from '@ticketing/common';
import type { Input } from '@ticketing/common';
import { driverCollection } from '@ticketing/common/mongo';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { TicketModel } from '../models/ticket.ts';
import { keywords } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';
import type { SORT_NAMES, api } from './api.ts';

export type ListQuery = Input<typeof api.routes.list>;

/** Each order's field, whether it ascends, and what a page goes on from. The id settles ties. */
const SORTS = {
  newest: { field: '_id', ascending: false, from: (ticket: TicketState) => ticket._id },
  price: { field: 'price.amount', ascending: true, from: (ticket: TicketState) => ticket.price.amount },
  '-price': { field: 'price.amount', ascending: false, from: (ticket: TicketState) => ticket.price.amount },
  soonest: { field: 'closesAt', ascending: true, from: (ticket: TicketState) => ticket.closesAt },
} as const satisfies Record<(typeof SORT_NAMES)[number], object>;

/** What can be ordered now: a listing closes when its event starts. */
export const orderable = (now: Date): object[] => [{ status: 'listed' }, { closesAt: { $gt: now.toISOString() } }];

/** A page of the tickets that pass `base` and a checked query, the cursor of the next page, if there is one, and its stamp. */
export async function findPage(tickets: TicketModel, base: object[], query: ListQuery) {
  const { filter, ...options } = findOf(base, query);
  const found = await driverCollection<Ticket>(tickets)
    .find<TicketState & Stamped>(filter, { ...options, projection: { outbox: 0, seen: 0, keywords: 0 } })
    .toArray();
  const page = found.slice(0, limitOf(query));
  const last = page.at(-1);
  const { from } = sortOf(query);
  const next =
    last && found.length > page.length
      ? Buffer.from(JSON.stringify([from(last), last._id])).toString('base64url')
      : null;
  return { page, next, stamp: stampOf(found) };
}

/**
 * The stamp of a page, for a fraction of what it takes to read it: two states of a page never have the same. A plain command
 * takes the driver a third less than a cursor, but is not tried again: where it fails there is no stamp, and the page is to be
 * read. Throws when no server is found.
 */
export async function findStamp(tickets: TicketModel, base: object[], query: ListQuery): Promise<string | undefined> {
  const { collection, db: connection } = tickets;
  const projection = { version: 1, changedAt: 1 };
  const command = { find: collection.collectionName, ...findOf(base, query), projection };
  try {
    const answer = await connection.db?.command(command);
    return stampOf((answer as { cursor: { firstBatch: Stamped[] } }).cursor.firstBatch);
  } catch (error) {
    // To read the page would be to wait for a server once more.
    if (error instanceof Error && error.name === 'MongoServerSelectionError') throw error;
    return undefined;
  }
}

type Stamped = Pick<Ticket, '_id' | 'version' | 'changedAt'>;

/** A version is a state; the time is for stores that were set back. */
const stampOf = (found: Stamped[]): string =>
  found.map(({ _id, version, changedAt }) => `${_id} ${version} ${changedAt}`).join();

const sortOf = ({ sort }: ListQuery) => SORTS[sort ?? 'newest'];
const limitOf = ({ limit }: ListQuery) => limit ?? DEFAULT_LIMIT;

/** How to find the tickets of a page, and one more where there is a next page. Throws a 400 for a cursor that is not ours. */
function findOf(base: object[], query: ListQuery) {
  const { field, ascending } = sortOf(query);
  const direction = ascending ? 1 : -1;
  const and = [...base];

  // Each word must begin a word of the ticket. A regular expression made of letters and digits alone.
  for (const word of keywords(query.search ?? '')) and.push({ keywords: new RegExp(`^${word}`) });
  if (query.minPrice !== undefined) and.push({ 'price.amount': { $gte: query.minPrice } });
  if (query.maxPrice !== undefined) and.push({ 'price.amount': { $lte: query.maxPrice } });
  if (query.after !== undefined) and.push({ startsAt: { $gte: query.after } });
  if (query.before !== undefined) and.push({ startsAt: { $lt: query.before } });

  if (query.cursor !== undefined) {
    const { value, id } = readCursor(query.cursor, field === 'price.amount' ? 'number' : 'string');
    const beyond = (limitValue: string | number) => (ascending ? { $gt: limitValue } : { $lt: limitValue });
    and.push(
      field === '_id'
        ? { _id: beyond(id) }
        : { $or: [{ [field]: beyond(value) }, { [field]: value, _id: beyond(id) }] },
    );
  }
  return {
    filter: { $and: and },
    sort: { [field]: direction, _id: direction } as Record<string, 1 | -1>,
    limit: limitOf(query) + 1,
    singleBatch: true,
  };
}

function readCursor(cursor: string, type: 'string' | 'number'): { value: string | number; id: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [value, id] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    if ((typeof value === 'string' || typeof value === 'number') && typeof value === type && typeof id === 'string')
      return { value, id };
  } catch {
    // Not one of ours.
  }
  throw badRequest('invalid-cursor', 'This page does not exist. Start again from the first one.', { field: 'cursor' });
}
