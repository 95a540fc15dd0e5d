import type { Listing } from '@ticketing/common';
import type { TicketsContext } from '../context.ts';
import { assertOwner, edit } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';
import { moveTicket } from './move-ticket.ts';

/**
 * Replaces the listing of a ticket that is not held and emits `ticket:updated`. Throws 403, 404, 409 or 410; also a 409 when the
 * listing has changed since `seenVersion`.
 */
export function editTicket(
  context: TicketsContext,
  id: string,
  userId: string,
  listing: Listing,
  seenVersion?: number,
): Promise<TicketState> {
  return moveTicket(context, id, (ticket) => {
    assertOwner(ticket, userId);
    return edit(ticket, listing, seenVersion);
  });
}
