import type { EndedSessionStore } from '@ticketing/common';
import type { Collection, MessagingStores } from '@ticketing/core';
import { collectionOf, createIndexes, messagingStores, mongoEndedSessions } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import type { Logger } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import { mongoPayloads } from './delivery/mongo-payloads.ts';
import type { Payloads } from './delivery/payloads.ts';
import type { ReadChanges } from './live/change-feed.ts';
import { findChanges, listQueries } from './models/list-query.ts';
import type { ListQuery, TicketsPage } from './models/list-query.ts';
import { ticketModel } from './models/ticket.ts';
import type { Ticket } from './ticket.ts';

/** The stores of tickets. */
export interface TicketsStores extends MessagingStores {
  endedSessions: EndedSessionStore;
  tickets: Collection<Ticket>;
  payloads: Payloads;
  queries: TicketQueries;
}

export interface TicketQueries {
  /** A page of the tickets that meet the conditions of `base` and a validated query. Throws a 400 for an invalid cursor. */
  page(base: object[], query: ListQuery): Promise<TicketsPage>;
  /** The version of a page, for a fraction of the cost of reading it. */
  pageVersion(base: object[], query: ListQuery): Promise<string>;
  /** A page of a seller's tickets in every state, the newest first. Throws a 400 for an invalid cursor. */
  ownPage(sellerId: string, query: Pick<ListQuery, 'limit' | 'cursor'>): Promise<TicketsPage>;
  /** The words by which the newest listed tickets are found. */
  words(): Promise<string[]>;
  changes: ReadChanges;
}

/** Creates the stores in MongoDB, with their indexes and the chosen speed-ups (default: all). */
export async function mongoStores(
  connection: Connection,
  log: Logger,
  chosen?: readonly SpeedUp[],
): Promise<TicketsStores> {
  const tickets = ticketModel(connection);
  await createIndexes([tickets], log);
  return {
    tickets: collectionOf(tickets, chosen),
    payloads: mongoPayloads(connection),
    endedSessions: await mongoEndedSessions(connection, log),
    ...messagingStores(connection),
    queries: {
      ...listQueries(tickets),
      changes: (after, limit) => findChanges(tickets, after, limit),
    },
  };
}
