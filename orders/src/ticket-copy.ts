import { pickOffer, sameOffer } from '@ticketing/common';
import type { Offer, TicketData } from '@ticketing/common';
import type { Decision, State, Stored } from '@ticketing/core';

/**
 * A copy of what placing an order needs to know of a ticket, from ticket:created and ticket:updated. Its version is that of the
 * ticket, or the one before a hold.
 */
export interface TicketCopy extends Stored {
  sellerId: string;
  /** `listed` also while an order holds the ticket or has bought it: the orders are here. */
  status: TicketData['status'];
  offer: Offer;
  /** The highest order number known here: a hint where to look for the next free number, never a proof. */
  lastOrder?: number | undefined;
}

export type TicketCopyState = State<TicketCopy>;

/** The copy of a ticket. It keeps `lastOrder` unless the ticket has had a newer order. */
export function copyOf(ticket: TicketData, lastOrder = 0): TicketCopyState {
  const { id, version, sellerId, status } = ticket;
  const newest = Math.max(lastOrder, ticket.lastOrder ?? 0);
  return {
    _id: id,
    version,
    sellerId,
    status: status === 'withdrawn' ? status : 'listed',
    offer: pickOffer(ticket),
    ...(newest > 0 && { lastOrder: newest }),
  };
}

/**
 * Replaces the copy if the ticket is newer. A hold alone changes nothing here, and every sale has one. That is skipped only if the
 * ticket is one version ahead: an event of a version in between may still arrive, and must then find a newer copy.
 */
export function replaceCopy(copy: TicketCopyState, ticket: TicketData): Decision<TicketCopy> | undefined {
  if (ticket.version <= copy.version) return undefined;
  const next = copyOf(ticket, copy.lastOrder);
  const isSame = next.status === copy.status && sameOffer(next.offer, copy.offer);
  return isSame && ticket.version === copy.version + 1 ? undefined : { next, events: [] };
}

/** Records the number of an order if it is newer. */
export const recordOrderNumber = (copy: TicketCopyState, number: number): Decision<TicketCopy> | undefined =>
  number > (copy.lastOrder ?? 0) ? { next: { ...copy, lastOrder: number }, events: [] } : undefined;
