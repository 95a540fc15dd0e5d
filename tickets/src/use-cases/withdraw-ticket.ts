import type { TicketsContext } from '../context.ts';
import { assertOwner, withdraw } from '../ticket.ts';
import { moveTicket } from './move-ticket.ts';

/** Withdraws a ticket that is not held, for good, and emits `ticket:updated`. Throws 403, 404, 409 or 410. */
export async function withdrawTicket(context: TicketsContext, id: string, userId: string): Promise<void> {
  await moveTicket(context, id, (ticket) => {
    assertOwner(ticket, userId);
    return withdraw(ticket);
  });
}
