import type { TicketData } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { copyOf, replaceCopy } from '../ticket-copy.ts';

/** Keeps the newest copy of a ticket. */
export async function copyTicket({ tickets, now }: OrdersContext, ticket: TicketData): Promise<void> {
  const at = now();
  const update = () => tickets.update(ticket.id, (copy) => replaceCopy(copy, ticket), at);
  if (ticket.version === 0 && (await tickets.insert(copyOf(ticket), [], at))) return;
  if ((await update()) !== null) return;
  // Not inserted: another event of the same ticket was faster, and may be older.
  if (!(await tickets.insert(copyOf(ticket), [], at))) await update();
}
