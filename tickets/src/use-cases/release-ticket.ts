import { change } from '@ticketing/common/mongo';
import type { OrderData } from '@ticketing/common';
import type { TicketsContext } from '../context.ts';
import { release, ticketNotFound } from '../ticket.ts';

/** Ends the hold of an order that was cancelled; says `ticket:updated`. */
export async function releaseTicket({ tickets, now }: TicketsContext, order: OrderData): Promise<void> {
  if ((await change(tickets, order.ticketId, (ticket) => release(ticket, order), now())) === null)
    throw ticketNotFound();
}
