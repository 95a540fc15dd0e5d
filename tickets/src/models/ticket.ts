import { outboxIndex, storedFields } from '@ticketing/common/mongo';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import type { Ticket } from '../ticket.ts';

export type TicketModel = Model<Ticket>;

const price = new Schema(
  { amount: { type: Number, required: true }, currency: { type: String, required: true } },
  { _id: false },
);

const schema = new Schema<Ticket>(
  {
    ...storedFields,
    sellerId: { type: String, required: true },
    title: { type: String, required: true },
    price: { type: price, required: true },
    venue: String,
    startsAt: String,
    timeZone: String,
    notes: String,
    status: { type: String, required: true },
    hold: new Schema({ orderId: String, reservedUntil: String }, { _id: false }),
    seen: new Schema({ number: Number, version: Number, refused: String }, { _id: false }),
    closesAt: { type: String, required: true },
    keywords: [String],
    createdAt: String,
  },
  { versionKey: false },
);

schema.index(...outboxIndex);
// One for each order that a page of the list comes in, then the seller's own, then search.
schema.index({ status: 1, _id: -1 });
schema.index({ status: 1, 'price.amount': 1, _id: 1 });
schema.index({ status: 1, closesAt: 1, _id: 1 });
schema.index({ sellerId: 1, _id: -1 });
schema.index({ keywords: 1 });

export const ticketModel = (connection: Connection): TicketModel =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
