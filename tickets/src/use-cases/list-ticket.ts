import type { Listing } from '@ticketing/common';
import { Types } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import { list } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';

/**
 * Puts a ticket up for sale and emits `ticket:created`. `commandId` becomes its id: when the same command has listed it already,
 * resolves to that ticket.
 */
export async function listTicket(
  { tickets, now }: TicketsContext,
  sellerId: string,
  listing: Listing,
  commandId = new Types.ObjectId().toHexString(),
): Promise<TicketState> {
  const at = now();
  const { state, events } = list(commandId, sellerId, listing, at);
  if (await tickets.insert(state, events, at)) return state;
  const existing = await tickets.find(commandId);
  if (existing?.sellerId !== sellerId) throw new Error(`the new id ${commandId} is already taken`);
  return existing;
}
