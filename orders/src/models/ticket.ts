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
  /** The order that holds or bought it. */
  orderId?: string | undefined;
  /**
   * The number of the newest order known to have been cancelled: a hint of which number is next, never the proof. Never
   * that of a complete order, after which there is no next.
   */
  lastCancelled?: number;
}

export type TicketModel = Model<Ticket>;

const schema = new Schema<Ticket>(
  {
    _id: { type: String, required: true },
    version: { type: Number, required: true },
    sellerId: { type: String, required: true },
    status: { type: String, required: true },
    offer: { type: offerSchema, required: true },
    orderId: String,
    lastCancelled: Number,
  },
  { versionKey: false },
);

export const ticketModel = (connection: Connection): TicketModel =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
