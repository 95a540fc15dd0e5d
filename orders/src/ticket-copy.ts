import { pickOffer } from '@ticketing/common';
import type { Decision, Offer, State, Stored, TicketData } from '@ticketing/common';
import { orderNumber } from './order.ts';

/** A copy of a ticket, from ticket:created and ticket:updated. Its version is the ticket's. */
export interface TicketCopy extends Stored {
  sellerId: string;
  status: TicketData['status'];
  offer: Offer;
  /** The highest order number known here: a hint where to look for the next free number, never a proof. */
  lastOrder?: number | undefined;
}

export type TicketCopyState = State<TicketCopy>;

/** The copy of a ticket. It keeps `lastOrder` unless the ticket names a newer order. */
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

/** Replaces the copy if the ticket is newer. */
export const replaceCopy = (copy: TicketCopyState, ticket: TicketData): Decision<TicketCopy> | undefined =>
  ticket.version > copy.version ? { next: copyOf(ticket, copy.lastOrder), events: [] } : undefined;

/** Records the number of an order if it is newer. */
export const recordOrderNumber = (copy: TicketCopyState, number: number): Decision<TicketCopy> | undefined =>
  number > (copy.lastOrder ?? 0) ? { next: { ...copy, lastOrder: number }, events: [] } : undefined;
