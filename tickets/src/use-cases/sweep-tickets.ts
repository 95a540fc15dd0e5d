import type { TicketsContext } from '../context.ts';
import { resendHold } from '../ticket.ts';
import { moveTicket } from './move-ticket.ts';

/** How long after the end of a hold the event that ends it may take to arrive. */
const OVERDUE_MS = 30_000;

/**
 * Emits `ticket:updated` again for tickets whose holds should have ended: orders answers with the event that ended the order, in
 * case the bus has lost it.
 */
export async function resendOverdueHolds(context: TicketsContext): Promise<void> {
  const before = new Date(context.now().getTime() - OVERDUE_MS).toISOString();
  const overdue = {
    status: 'held',
    'hold.reservedUntil': { $lt: before },
    // An event that is still in the outbox is new, or was not published yet.
    'outbox.0': { $exists: false },
  };
  await context.sweeps.run('overdue holds', context.tickets, overdue, (id) => moveTicket(context, id, resendHold));
}
