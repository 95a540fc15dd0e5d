import type { TicketsContext } from '../context.ts';
import { withdraw } from '../ticket.ts';
import { changeDelivery } from './change-delivery.ts';

/**
 * Withdraws a ticket that is not held, for good, with its delivery, and emits `ticket:updated`. Throws 403, 404, 409 or 410; also a 409
 * when the listing has changed since `seenVersion`.
 */
export async function withdrawTicket(
  context: TicketsContext,
  ticketId: string,
  userId: string,
  seenVersion?: number,
): Promise<void> {
  await changeDelivery(context, { ticketId, userId, decide: (ticket) => withdraw(ticket, seenVersion) });
}
