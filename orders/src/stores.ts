import { badRequest } from '@ticketing/common';
import type { EndedSessionStore } from '@ticketing/common';
import type { Collection, MessagingStores } from '@ticketing/core';
import { collectionOf, createIndexes, messagingStores, mongoEndedSessions, ownFilter } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import type { Logger } from '@ticketing/runtime';
import type { Connection, Model } from 'mongoose';
import type { EarlierOrder } from './hold-slots.ts';
import { orderModel } from './models/order.ts';
import { ticketCopyModel } from './models/ticket-copy.ts';
import type { Order, OrderState } from './order.ts';
import type { TicketCopy } from './ticket-copy.ts';

/** The stores of orders. */
export interface OrdersStores extends MessagingStores {
  endedSessions: EndedSessionStore;
  orders: Collection<Order>;
  tickets: Collection<TicketCopy>;
  queries: OrderQueries;
}

export interface OrderQueries {
  /**
   * A page of a buyer's orders, of all tickets or of one, newest first, and the cursor of the next page. Throws a 400 for an invalid
   * cursor.
   */
  ordersOf(userId: string, query: OrdersQuery): Promise<OrdersPage>;
  /** The buyer's latest orders, at most `limit`. */
  recentOf(userId: string, limit: number): Promise<EarlierOrder[]>;
}

export interface OrdersQuery {
  size: number;
  cursor?: string | undefined;
  ticketId?: string | undefined;
}

export interface OrdersPage {
  orders: Omit<OrderState, 'history'>[];
  next: string | null;
}

/** Creates the stores in MongoDB, with their indexes and the chosen speed-ups (default: all). */
export async function mongoStores(
  connection: Connection,
  log: Logger,
  chosen?: readonly SpeedUp[],
): Promise<OrdersStores> {
  const [orders, tickets] = [orderModel(connection), ticketCopyModel(connection)];
  await createIndexes([orders, tickets], log);
  return {
    orders: collectionOf(orders, chosen),
    tickets: collectionOf(tickets, chosen),
    endedSessions: await mongoEndedSessions(connection, log),
    ...messagingStores(connection),
    queries: {
      ordersOf: (userId, query) => ordersOf(orders, userId, query),
      recentOf: (userId, limit) => recentOf(orders, userId, limit),
    },
  };
}

async function ordersOf(
  model: Model<Order>,
  userId: string,
  { size, cursor, ticketId }: OrdersQuery,
): Promise<OrdersPage> {
  const found = await model
    .find(
      ownFilter({
        userId,
        ...(ticketId !== undefined && { ticketId }),
        ...(cursor !== undefined && olderThan(cursor)),
      }),
    )
    .select('-changedAt -outbox -history')
    .sort({ createdAt: -1, _id: -1 })
    // One more than requested, to detect whether there is a next page.
    .limit(size + 1)
    .lean<OrdersPage['orders']>()
    .exec();
  const orders = found.slice(0, size);
  const last = orders.at(-1);
  const hasMore = last !== undefined && found.length > size;
  const next = hasMore ? Buffer.from(JSON.stringify([last.createdAt, last._id])).toString('base64url') : null;
  return { orders, next };
}

const recentOf = (model: Model<Order>, userId: string, limit: number): Promise<EarlierOrder[]> =>
  model
    .find({ userId })
    .select('status reason updatedAt')
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .lean<EarlierOrder[]>()
    .exec();

function olderThan(cursor: string): object {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [createdAt, id] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    if (typeof createdAt === 'string' && typeof id === 'string')
      return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: id } }] };
  } catch {
    // Not a cursor of this list.
  }
  throw badRequest('invalid-cursor', 'This page does not exist. Start again from the first one.', { field: 'cursor' });
}
