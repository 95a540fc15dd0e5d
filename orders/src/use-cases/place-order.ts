import {
  HttpError,
  conflict,
  forbidden,
  gone,
  notFound,
  sameMoney,
  stillOffersTagged,
  unavailable,
} from '@ticketing/common';
import type { DomainEvent, Money, Offer } from '@ticketing/common';
import { DuplicateKeyError } from '@ticketing/core';
import type { OrdersContext } from '../context.ts';
import { countChange } from '../metrics.ts';
import { orderId, pausedUntil, place } from '../order.ts';
import type { OrderState } from '../order.ts';
import type { TicketCopyState } from '../ticket-copy.ts';
import { chooseSlots, noneTaken, refuseWhileHoldsPaused, takenSlots } from './hold-slots.ts';

/** The event of a ticket younger than this may not have arrived yet. */
const YOUNG_MS = 10_000;
/** How long a request for such a ticket waits for the event. */
const WAIT_FOR_COPY_MS = 1000;
/** How many of a ticket's last orders are looked at for a pause. */
const LOOKED_AT = 10;
/** How many times an order is tried to be inserted while others take its hold slots. */
const MAX_ATTEMPTS = 100;

export interface PlaceOrder {
  ticketId: string;
  userId: string;
  /** Where the request comes from, so that all buyers of one network together have a limit; absent: no such limit. */
  network?: string | undefined;
  /** Whether the buyer may hold one ticket at a time, because their address is not confirmed; absent: no such limit. */
  isUnconfirmed?: boolean | undefined;
  expectedPrice?: Money | undefined;
  /** The tag of the whole offer that the buyer saw. */
  expectedOffer?: string | undefined;
  commandId?: string | undefined;
}

export interface PlacedOrder {
  order: OrderState;
  isNew: boolean;
}

/**
 * Places the ticket's next order and emits `order:created`. Resolves to the order and whether it is new: a buyer who already
 * holds the ticket gets the existing order, and a repeated command the order that it has placed, even if that has ended. Throws
 * 403 own-ticket, 404, 409 (price-changed, offer-changed, ticket-reserved, ticket-sold, listing-closed, hold-paused,
 * holds-paused, too-many-holds, unconfirmed-holds, network-holds), 410, or a 503 busy after a hundred lost races.
 */
export async function placeOrder(context: OrdersContext, command: PlaceOrder): Promise<PlacedOrder> {
  const { userId, commandId } = command;
  const ticket = await findTicket(context, command.ticketId);
  // After the ticket: an order that the same command places later has a higher number, so the loop below finds it.
  const placed = commandId === undefined ? undefined : await findPlaced(context, commandId);
  if (placed) return placed;
  if (ticket.sellerId === userId) throw forbidden('own-ticket', 'This ticket is yours.');
  if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');

  let previous: OrderState | undefined;
  for (let number = ticket.lastOrder ?? 1; ; number++) {
    const order =
      (await context.orders.find(orderId(ticket._id, number))) ??
      (await insertOrder(context, { ticket, number, previous }, command));
    if ('isNew' in order) {
      countChange(order.order);
      return order;
    }
    if (commandId !== undefined && order.commandId === commandId) return { order, isNew: true };
    switch (order.status) {
      case 'complete':
        throw conflict('ticket-sold', 'This ticket is sold.');
      case 'cancelled':
        previous = order;
        continue;
      default:
        if (order.userId === userId) return { order, isNew: false };
        throw conflict('ticket-reserved', 'Another buyer holds this ticket. It may be available again later.', {
          reservedUntil: order.expiresAt,
        });
    }
  }
}

/** Inserts order `number` of the ticket. Resolves to it, or to the existing order when another request took the number first. */
async function insertOrder(
  context: OrdersContext,
  { ticket, number, previous }: { ticket: TicketCopyState; number: number; previous: OrderState | undefined },
  { userId, network, isUnconfirmed, commandId, ...expected }: PlaceOrder,
): Promise<OrderState | PlacedOrder> {
  const { orders, now, config } = context;
  const at = now();
  const { offer, sellerId } = ticket;
  if (offer.startsAt !== undefined && offer.startsAt <= at.toISOString())
    throw conflict('listing-closed', 'This event has started.');
  assertAsSeen(offer, expected);
  if (previous) await refuseWhilePaused(context, previous, userId);

  const { state, events } = place(
    { ticketId: ticket._id, number, userId, sellerId, offer, holdSeconds: config.HOLD_SECONDS, commandId },
    at,
  );
  await refuseWhileHoldsPaused(context, userId);
  const holder = { userId, network, isUnconfirmed };
  let taken = noneTaken;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const slots = chooseSlots(context, holder, state._id, taken);
    const outcome = await tryToInsert(context, { ...state, ...slots }, events);
    if (outcome === 'inserted') return { order: state, isNew: true };
    if (outcome === 'slot-taken') taken = await takenSlots(context, holder);
    // After the slots: the last free one may have gone to this order, in another request of the buyer.
    const existing = await orders.find(state._id);
    if (existing) return existing;
  }
  throw unavailable('busy', 'Too many orders at once. Try again.');
}

async function tryToInsert({ orders, now }: OrdersContext, state: OrderState, events: DomainEvent[]) {
  try {
    return (await orders.insert(state, events, now())) ? 'inserted' : 'id-taken';
  } catch (error) {
    if (error instanceof DuplicateKeyError) return 'slot-taken';
    throw error;
  }
}

/** Throws a 409 price-changed or offer-changed, with what the offer is now, when it is not the one that the buyer saw. */
function assertAsSeen(offer: Offer, { expectedPrice, expectedOffer }: Partial<PlaceOrder>): void {
  const seen = expectedOffer === undefined ? {} : { offer };
  if (expectedPrice && !sameMoney(expectedPrice, offer.price))
    throw conflict('price-changed', 'The price has changed.', { price: offer.price, ...seen });
  if (expectedOffer !== undefined && !stillOffersTagged(offer, expectedOffer))
    throw conflict('offer-changed', 'The listing has changed since you saw it.', seen);
}

/**
 * Throws a 409 hold-paused while the buyer may not hold the ticket again. All orders up to the previous one have ended, which is
 * final, so the request that inserts the next one has seen all of them.
 */
async function refuseWhilePaused(
  { orders, now, config }: OrdersContext,
  previous: OrderState,
  userId: string,
): Promise<void> {
  const at = now();
  const pauseSeconds = config.HOLD_PAUSE_SECONDS;
  // Usually the previous order ended long ago, or there is none: then nothing more is read.
  if (Date.parse(previous.updatedAt) + pauseSeconds * 1000 <= at.getTime()) return;
  const { ticketId, number } = previous;
  const numbers = Array.from({ length: Math.min(LOOKED_AT, number) - 1 }, (_, index) => number - 1 - index);
  const found = await Promise.all(numbers.map((one) => orders.find(orderId(ticketId, one))));
  const earlier = [previous, ...found.filter((order) => order !== null)];
  const availableAt = pausedUntil(earlier, { userId, now: at, pauseSeconds });
  if (availableAt === undefined) return;
  const retryAfter = Math.ceil((Date.parse(availableAt) - at.getTime()) / 1000);
  const message = `You have held this ticket twice without paying. You can hold it again in ${retryAfter} s.`;
  throw new HttpError(409, [{ code: 'hold-paused', message, retryAfter, availableAt }], {
    'Retry-After': String(retryAfter),
  });
}

/** The order that a command has placed, which may have ended. New, as it was when it was placed. */
async function findPlaced({ orders }: OrdersContext, commandId: string): Promise<PlacedOrder | undefined> {
  const [order] = await orders.matching({ commandId }, 1);
  return order && { order, isNew: true };
}

async function findTicket({ tickets, now }: OrdersContext, ticketId: string): Promise<TicketCopyState> {
  // The first eight digits of an id are the second in which it was created.
  const isYoung = now().getTime() - parseInt(ticketId.slice(0, 8), 16) * 1000 < YOUNG_MS;
  const ticket = await tickets.waitUntil(ticketId, (copy) => copy !== null, isYoung ? WAIT_FOR_COPY_MS : 0);
  if (ticket === null) throw notFound('ticket-not-found', 'There is no such ticket.', { field: 'ticketId' });
  return ticket;
}
