import type { TicketsContext } from '../context.ts';
import { resendHold } from '../ticket.ts';
import { moveTicket } from './move-ticket.ts';

/** How long after the end of a hold the event of its end may take. */
const OVERDUE_MS = 30_000;

/**
 * Emits `ticket:updated` again for tickets whose holds should have ended: orders answers with how they ended, in case the bus has
 * lost that event.
 */
export async function resendOverdueHolds(context: TicketsContext): Promise<void> {
  const before = new Date(context.now().getTime() - OVERDUE_MS).toISOString();
  const overdue = {
    status: 'held',
    'hold.reservedUntil': { $lt: before },
    // While the bus is down the event is in the outbox still.
    'outbox.0': { $exists: false },
  };
  for (const id of await context.tickets.ids(overdue)) await moveTicket(context, id, resendHold);
}
