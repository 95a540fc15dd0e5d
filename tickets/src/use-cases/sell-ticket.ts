import { change } from '@ticketing/common/mongo';
import type { OrderData } from '@ticketing/common';
import type { TicketsContext } from '../context.ts';
import { sell, ticketNotFound } from '../ticket.ts';

/** Marks the ticket of a completed order as sold; says `ticket:updated`. */
export async function sellTicket({ tickets, now }: TicketsContext, order: OrderData): Promise<void> {
  if ((await change(tickets, order.ticketId, (ticket) => sell(ticket, order), now())) === null) throw ticketNotFound();
}
