import { pickOffer } from '@ticketing/common';
import type { Decision, Offer, State, Stored, TicketData } from '@ticketing/common';
import { orderNumber } from './order.ts';

/** A copy of a ticket, from ticket:created and ticket:updated. Its version is the ticket's. */
export interface TicketCopy extends Stored {
  sellerId: string;
  status: TicketData['status'];
  offer: Offer;
  /** The number of the newest order known here: a hint where to look for the next number, never a proof. */
  lastOrder?: number | undefined;
}

export type TicketCopyState = State<TicketCopy>;

export function copyOf(ticket: TicketData, lastOrder?: number): TicketCopyState {
  const { id, version, sellerId, status, orderId } = ticket;
  const newest = Math.max(lastOrder ?? 0, orderId === undefined ? 0 : orderNumber(orderId));
  return {
    _id: id,
    version,
    sellerId,
    status,
    offer: pickOffer(ticket),
    ...(newest > 0 && { lastOrder: newest }),
  };
}

/** Replaces the copy by a newer one. */
export const replaceCopy = (copy: TicketCopyState, ticket: TicketData): Decision<TicketCopy> | undefined =>
  ticket.version > copy.version ? { next: copyOf(ticket, copy.lastOrder), events: [] } : undefined;

/** Keeps the number of a newer order. */
export const recordOrderNumber = (copy: TicketCopyState, number: number): Decision<TicketCopy> | undefined =>
  number > (copy.lastOrder ?? 0) ? { next: { ...copy, lastOrder: number }, events: [] } : undefined;
