import { change } from '@ticketing/common/mongo';
import type { TicketsContext } from '../context.ts';
import { assertOwner, ticketNotFound, withdraw } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';

/** Takes a ticket that nobody holds off the market for good; says `ticket:updated`. Throws 403, 404, 409 or 410. */
export async function withdrawTicket({ tickets, now }: TicketsContext, id: string, userId: string): Promise<void> {
  const decide = (ticket: TicketState) => {
    assertOwner(ticket, userId);
    return withdraw(ticket);
  };
  if ((await change(tickets, id, decide, now())) === null) throw ticketNotFound();
}
