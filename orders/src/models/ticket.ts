import type { Offer, TicketStatus } from '@ticketing/common';
import { definitionOf } from '@ticketing/common/mongo';
import { id, offerShape, ticketStatus, version } from '@ticketing/common/shapes';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';

/** A copy of a ticket, from ticket:created and ticket:updated. */
export interface Ticket {
  _id: string;
  version: number;
  sellerId: string;
  status: TicketStatus;
  offer: Offer;
  /** The number of the newest order known here: a hint where to look for the next number, never the proof. */
  lastOrder?: number | undefined;
}

export type TicketModel = Model<Ticket>;

const stored = z.object({
  version,
  sellerId: id,
  status: ticketStatus,
  offer: offerShape,
  lastOrder: z.int().positive().optional(),
});

const schema = new Schema<Ticket>(
  { _id: { type: String, required: true }, ...definitionOf(stored) },
  { versionKey: false, strict: 'throw' },
);

export const ticketModel = (connection: Connection): TicketModel =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
