import type { TicketModel } from './models/ticket.ts';

/** What the use cases work with. */
export interface TicketsContext {
  tickets: TicketModel;
  now: () => Date;
}
