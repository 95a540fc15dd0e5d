import type { TicketData } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { copyOf, replaceCopy } from '../ticket-copy.ts';

/** Saves the copy of a ticket unless a newer one is stored; emits no event. */
export async function copyTicket({ tickets, now }: OrdersContext, ticket: TicketData): Promise<void> {
  const at = now();
  const update = () => tickets.update(ticket.id, (copy) => replaceCopy(copy, ticket), at);
  if (ticket.version === 0 && (await tickets.insert(copyOf(ticket), [], at))) return;
  if ((await update()) !== null) return;
  // Not inserted: another event of the ticket was saved first, and may be older than this one.
  if (!(await tickets.insert(copyOf(ticket), [], at))) await update();
}
