import { change } from '@ticketing/common/mongo';
import type { OrderData } from '@ticketing/common';
import type { TicketsContext } from '../context.ts';
import { hold, ticketNotFound } from '../ticket.ts';

/** Holds the ticket for an order if it is to be had as offered; says `ticket:updated`, or `ticket:refused` as well. */
export async function holdTicket({ tickets, now }: TicketsContext, order: OrderData): Promise<void> {
  if ((await change(tickets, order.ticketId, (ticket) => hold(ticket, order), now())) === null) throw ticketNotFound();
}
