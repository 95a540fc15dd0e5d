import { badRequest } from '@ticketing/common';
import type { Input } from '@ticketing/common';
import { ownFilter } from '@ticketing/common/mongo';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { Model } from 'mongoose';
import { keywords } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';
import type { SORT_NAMES, api } from '../routes/api.ts';

export type ListQuery = Input<typeof api.routes.list>;

/** The field and the direction of each sort order, and the value of that field in a cursor. Ties are sorted by id. */
const SORTS = {
  newest: { field: '_id', ascending: false, valueOf: (ticket: TicketState) => ticket._id },
  price: { field: 'price.amount', ascending: true, valueOf: (ticket: TicketState) => ticket.price.amount },
  '-price': { field: 'price.amount', ascending: false, valueOf: (ticket: TicketState) => ticket.price.amount },
  soonest: { field: 'closesAt', ascending: true, valueOf: (ticket: TicketState) => ticket.closesAt },
} as const satisfies Record<(typeof SORT_NAMES)[number], object>;

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
  const found = await find<TicketState & Versioned>(model, base, query, '-outbox -seen -keywords');
  const tickets = found.slice(0, limitOf(query));
  const last = tickets.at(-1);
  const { valueOf } = sortOf(query);
  const hasMore = last !== undefined && found.length > tickets.length;
  const next = hasMore ? Buffer.from(JSON.stringify([valueOf(last), last._id])).toString('base64url') : null;
  return { tickets, next, version: versionOf(found) };
}

/** The version of a page, for a fraction of the cost of reading it. */
export const findPageVersion = async (model: Model<Ticket>, base: object[], query: ListQuery): Promise<string> =>
  versionOf(await find<Versioned>(model, base, query, 'version changedAt'));

type Versioned = Pick<Ticket, '_id' | 'version' | 'changedAt'>;

/** The version of each ticket identifies its state. The time is added in case MongoDB was restored from a backup. */
const versionOf = (found: Versioned[]): string =>
  found.map(({ _id, version, changedAt }) => `${_id} ${version} ${changedAt}`).join();

const sortOf = ({ sort }: ListQuery) => SORTS[sort ?? 'newest'];
const limitOf = ({ limit }: ListQuery) => limit ?? DEFAULT_LIMIT;

/** The given fields of the tickets of a page, and of one more ticket when there is a next page. */
async function find<T>(model: Model<Ticket>, base: object[], query: ListQuery, fields: string): Promise<T[]> {
  const { field, ascending } = sortOf(query);
  const direction = ascending ? 1 : -1;
  const and = [...base];

  // Each word must be the prefix of a word of the ticket. The words contain only letters and digits, so they need no escaping.
  // The longest is the rarest as a rule, and only the first one bounds the index.
  for (const word of keywords(query.search ?? '').sort((a, b) => b.length - a.length))
    and.push({ keywords: new RegExp(`^${word}`) });
  if (query.minPrice !== undefined) and.push({ 'price.amount': { $gte: query.minPrice } });
  if (query.maxPrice !== undefined) and.push({ 'price.amount': { $lte: query.maxPrice } });
  // A ticket with a start closes then, and `closesAt` is indexed.
  if (query.after !== undefined) and.push({ startsAt: { $gte: query.after } }, { closesAt: { $gte: query.after } });
  if (query.before !== undefined) and.push({ startsAt: { $lt: query.before } }, { closesAt: { $lt: query.before } });

  if (query.cursor !== undefined) {
    const { value, id } = readCursor(query.cursor, field === 'price.amount' ? 'number' : 'string');
    const beyond = (limitValue: string | number) => (ascending ? { $gt: limitValue } : { $lt: limitValue });
    and.push(
      field === '_id'
        ? { _id: beyond(id) }
        : { $or: [{ [field]: beyond(value) }, { [field]: value, _id: beyond(id) }] },
    );
  }
  return model
    .find(ownFilter({ $and: and }))
    .select(fields)
    .sort({ [field]: direction, _id: direction })
    .limit(limitOf(query) + 1)
    .lean<T[]>()
    .exec();
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
