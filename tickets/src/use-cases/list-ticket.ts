import type { Listing } from '@ticketing/common';
import { insert } from '@ticketing/common/mongo';
import { Types } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import { list } from '../ticket.ts';

/** Puts a ticket up for sale; says `ticket:created`. */
export async function listTicket({ tickets, now }: TicketsContext, sellerId: string, listing: Listing) {
  const at = now();
  const { state, say } = list(new Types.ObjectId().toHexString(), sellerId, listing, at);
  if (!(await insert(tickets, state, say, at))) throw new Error(`the id ${state._id} was made twice`);
  return state;
}
