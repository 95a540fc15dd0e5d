import { pickOffer } from '@ticketing/common';
import { change, upsert } from '@ticketing/common/mongo';
import type { TicketData } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import { orderNumber, reserve } from '../order.ts';

/** Keeps the newest copy of a ticket. When the ticket is held for an order, the order is reserved: says `order:reserved`. */
export async function copyTicket(context: OrdersContext, ticket: TicketData): Promise<void> {
  const { orders, now } = context;
  const { status, orderId } = ticket;
  const at = now();
  await Promise.all([
    keepCopy(context, ticket),
    status === 'held' && orderId !== undefined && change(orders, orderId, (order) => reserve(order, at), at),
  ]);
}

async function keepCopy({ tickets }: OrdersContext, ticket: TicketData): Promise<void> {
  const { id, version, sellerId, status, orderId } = ticket;
  const copy = { version, sellerId, status, offer: pickOffer(ticket) };
  const keep = () =>
    upsert(
      tickets,
      { _id: id, version: { $lt: version } },
      { $set: copy, ...(orderId !== undefined && { $max: { lastOrder: orderNumber(orderId) } }) },
    );
  // Refused, there is a copy that is not older, or another process has just inserted one that may be.
  if (!(await keep())) await keep();
}
