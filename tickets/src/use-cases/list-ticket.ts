import type { Listing } from '@ticketing/common';
import { Types } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import { list } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';

/** Puts a ticket up for sale and emits `ticket:created`. */
export async function listTicket(
  { tickets, now }: TicketsContext,
  sellerId: string,
  listing: Listing,
): Promise<TicketState> {
  const at = now();
  const { state, events } = list(new Types.ObjectId().toHexString(), sellerId, listing, at);
  if (!(await tickets.insert(state, events, at))) throw new Error(`the new id ${state._id} is already taken`);
  return state;
}
