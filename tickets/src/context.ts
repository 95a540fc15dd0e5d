import type { Aggregate, Sweeps } from '@ticketing/common';
import type { TicketQueries } from './stores.ts';
import type { Ticket } from './ticket.ts';

/** What the use cases work with. */
export interface TicketsContext {
  tickets: Aggregate<Ticket>;
  queries: TicketQueries;
  sweeps: Sweeps;
  now: () => Date;
}
