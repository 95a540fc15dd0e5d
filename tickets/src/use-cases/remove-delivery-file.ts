import type { TicketsContext } from '../context.ts';
import { removeFile } from '../ticket.ts';
import { changeDelivery } from './change-delivery.ts';

/** Removes a file from a ticket's delivery and emits `ticket:updated`. Throws 403, 404, 410, and 409 while it may not be changed. */
export async function removeDeliveryFile(
  context: TicketsContext,
  { ticketId, fileId, userId }: { ticketId: string; fileId: string; userId: string },
): Promise<void> {
  await changeDelivery(context, { ticketId, userId, decide: (ticket) => removeFile(ticket, fileId) });
}
