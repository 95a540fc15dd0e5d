import type { Decision } from '@ticketing/core';
import type { TicketsContext } from '../context.ts';
import { ticketNotFound } from '../ticket.ts';
import type { Ticket, TicketState } from '../ticket.ts';

/** Applies a decision of `ticket.ts` to a ticket and emits its events. Throws a 404 for an unknown ticket. */
export async function moveTicket(
  { tickets, now }: TicketsContext,
  id: string,
  decide: (ticket: TicketState) => Decision<Ticket> | undefined,
): Promise<TicketState> {
  const updated = await tickets.update(id, decide, now());
  if (updated === null) throw ticketNotFound();
  return updated.state;
}
