import type { Listing } from '@ticketing/common';
import { change } from '@ticketing/common/mongo';
import type { TicketsContext } from '../context.ts';
import { assertOwner, edit, ticketNotFound } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';

/** Replaces what the seller says of a ticket that nobody holds; says `ticket:updated`. Throws 403, 404, 409 or 410. */
export async function editTicket({ tickets, now }: TicketsContext, id: string, userId: string, listing: Listing) {
  const decide = (ticket: TicketState) => {
    assertOwner(ticket, userId);
    return edit(ticket, listing);
  };
  const ticket = await change(tickets, id, decide, now());
  if (ticket === null) throw ticketNotFound();
  return ticket;
}
