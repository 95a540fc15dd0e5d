import { conflict, forbidden, gone, notFound, readUntil, sameMoney } from '@ticketing/common';
import { findShared, insert, perModel, recall } from '@ticketing/common/mongo';
import type { Money } from '@ticketing/common';
import type { OrdersContext } from '../context.ts';
import type { Ticket } from '../models/ticket.ts';
import { orderId, place } from '../order.ts';
import type { OrderState } from '../order.ts';
import { giveBack, takePlace } from './live-holds.ts';

/** A ticket this young may be on its way here still; a request for it waits so long. */
const YOUNG_MS = 10_000;
const WAIT_FOR_COPY_MS = 1000;

/**
 * Places the ticket's next order; says `order:created`. Gives the order and whether it is new: a buyer who holds the
 * ticket already gets that order. Throws 403 own-ticket, 404, 409 (price-changed, ticket-reserved, ticket-sold,
 * listing-closed, too-many-holds) or 410.
 */
export async function placeOrder(
  context: OrdersContext,
  { ticketId, userId, expectedPrice }: { ticketId: string; userId: string; expectedPrice?: Money | undefined },
): Promise<{ order: OrderState; isNew: boolean }> {
  const ticket = await findTicket(context, ticketId);
  if (ticket.sellerId === userId) throw forbidden('own-ticket', 'This ticket is yours.');
  if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');

  for (let number = ticket.lastOrder ?? 1; ; number++) {
    const id = orderId(ticketId, number);
    await attempts(context.orders)
      .get(id)
      ?.catch(() => undefined);
    // When there is an order of this number, the copy or this process knows of it, most of the time: then there is no need to try.
    const known = number === ticket.lastOrder || recall(context.orders, id);
    const there =
      (known ? await findShared(context.orders, id) : null) ??
      (await attempt(context, id, () => insertOrder(context, ticket, number, userId, expectedPrice)));
    if ('isNew' in there) return there;
    switch (there.status) {
      case 'complete':
        throw conflict('ticket-sold', 'This ticket is sold.');
      case 'cancelled':
        continue;
      default:
        if (there.userId === userId) return { order: there, isNew: false };
        throw conflict('ticket-reserved', 'Somebody else holds this ticket. It may be free again later.', {
          reservedUntil: there.expiresAt,
        });
    }
  }
}

/**
 * What this process is just trying to insert, by the order's id. Of those who come for a ticket at one time one gets it
 * at most, so the others wait how the first fares; it would cost the store five operations to refuse each of them.
 */
const attempts = perModel(() => new Map<string, Promise<unknown>>());

async function attempt<T>(context: OrdersContext, id: string, work: () => Promise<T>): Promise<T> {
  const underWay = work();
  attempts(context.orders).set(id, underWay);
  try {
    return await underWay;
  } finally {
    attempts(context.orders).delete(id);
  }
}

/** Inserts order `number` of the ticket; gives the order that has the number already when somebody was faster. */
async function insertOrder(
  context: OrdersContext,
  ticket: Ticket,
  number: number,
  userId: string,
  expectedPrice: Money | undefined,
): Promise<OrderState | { order: OrderState; isNew: true }> {
  const { orders, now, config } = context;
  const at = now();
  const { offer } = ticket;
  if (offer.startsAt !== undefined && offer.startsAt <= at.toISOString())
    throw conflict('listing-closed', 'This event has started.');
  if (expectedPrice && !sameMoney(expectedPrice, offer.price))
    throw conflict('price-changed', 'The price has changed.', { price: offer.price });

  const { state, say } = place({ ticketId: ticket._id, number, userId, offer, holdSeconds: config.HOLD_SECONDS }, at);
  await takePlace(context, userId, state._id);
  if (await insert(orders, state, say, at)) return { order: state, isNew: true };
  const there = await findShared(orders, state._id);
  if (there === null) throw new Error(`order ${state._id} is neither there nor to be inserted`);
  if (there.userId !== userId) await giveBack(context, userId, [state._id]);
  return there;
}

async function findTicket({ tickets, now }: OrdersContext, ticketId: string): Promise<Ticket> {
  // The first eight digits of an id are the second it was made in.
  const isYoung = now().getTime() - parseInt(ticketId.slice(0, 8), 16) * 1000 < YOUNG_MS;
  const ticket = await readUntil(
    () => findShared(tickets, ticketId),
    (found) => found !== null,
    isYoung ? WAIT_FOR_COPY_MS : 0,
  );
  if (ticket === null) throw notFound('ticket-not-found', 'There is no such ticket.', { field: 'ticketId' });
  return ticket;
}
