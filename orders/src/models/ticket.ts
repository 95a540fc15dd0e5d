import type { Offer, TicketData } from '@ticketing/common';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { offerSchema } from './offer.ts';

/** A copy of a ticket, from ticket:created and ticket:updated. */
export interface Ticket {
  _id: string;
  version: number;
  sellerId: string;
  status: TicketData['status'];
  offer: Offer;
  /** The number of the newest order known here: a hint where to look for the next number, never the proof. */
  lastOrder?: number;
}

export type TicketModel = Model<Ticket>;

const schema = new Schema<Ticket>(
  {
    _id: { type: String, required: true },
    version: { type: Number, required: true },
    sellerId: { type: String, required: true },
    status: { type: String, required: true },
    offer: { type: offerSchema, required: true },
    lastOrder: Number,
  },
  { versionKey: false },
);

export const ticketModel = (connection: Connection): TicketModel =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
