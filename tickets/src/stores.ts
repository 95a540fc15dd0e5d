import type { Collection, Logger, MessagingStores } from '@ticketing/common';
import { collectionOf, createIndexes, messagingStores, untilAvailable } from '@ticketing/common/mongo';
import type { SpeedUp } from '@ticketing/common/mongo';
import type { Connection, Model } from 'mongoose';
import { indexed, updateListIndex } from './models/list-index.ts';
import { findPage, findPageVersion } from './models/list-query.ts';
import type { ListQuery, Scope, TicketsPage } from './models/list-query.ts';
import { ticketModel } from './models/ticket.ts';
import type { Ticket } from './ticket.ts';

/** The stores of tickets. */
export interface TicketsStores extends MessagingStores {
  tickets: Collection<Ticket>;
  queries: TicketQueries;
}

export interface TicketQueries {
  /** A page of the tickets that match a validated query. Throws a 400 for an invalid cursor. */
  page(scope: Scope, query: ListQuery): Promise<TicketsPage>;
  /** The version of a page, for a fraction of the cost of reading it. */
  pageVersion(scope: Scope, query: ListQuery): Promise<string>;
  /** Takes tickets whose events have started out of the indexes of the list. The list leaves them out anyway. */
  updateIndex(now: Date): Promise<void>;
}

/** Creates the stores in MongoDB, with their indexes and the chosen speed-ups (default: all). */
export async function mongoStores(
  connection: Connection,
  log: Logger,
  chosen?: readonly SpeedUp[],
): Promise<TicketsStores> {
  const tickets = ticketModel(connection);
  await createIndexes([tickets], log);
  await untilAvailable(log, 'the list could not be indexed; trying again', () => updateListIndex(tickets, new Date()));
  return {
    // Stored with their terms, which no reader needs.
    tickets: indexed(collectionOf(tickets as unknown as Model<Ticket>, chosen)),
    ...messagingStores(connection),
    queries: {
      page: (scope, query) => findPage(tickets, scope, query),
      pageVersion: (scope, query) => findPageVersion(tickets, scope, query),
      updateIndex: (now) => updateListIndex(tickets, now),
    },
  };
}
