import type { EndedSessions } from '@ticketing/common';
import type { Aggregate, Sweeps } from '@ticketing/core';
import type { Vault } from './delivery/vault.ts';
import type { ChangeFeed } from './live/change-feed.ts';
import type { TicketQueries } from './stores.ts';
import type { Ticket } from './ticket.ts';

/** What the use cases work with. */
export interface TicketsContext {
  tickets: Aggregate<Ticket>;
  queries: TicketQueries;
  vault: Vault;
  sweeps: Sweeps;
  endedSessions: EndedSessions;
  feed: ChangeFeed;
  now: () => Date;
}
