import { documentSchema, partSchema } from '@ticketing/common/mongo';
import type { Money } from '@ticketing/common';
import type { Connection, Model } from 'mongoose';
import type { Ticket } from '../ticket.ts';

const schema = documentSchema<Ticket>({
  sellerId: { type: String, required: true },
  title: { type: String, required: true },
  price: {
    type: partSchema<Money>({ amount: { type: Number, required: true }, currency: { type: String, required: true } }),
    required: true,
  },
  venue: String,
  startsAt: String,
  timeZone: String,
  notes: String,
  status: { type: String, required: true },
  hold: partSchema<NonNullable<Ticket['hold']>>({
    orderId: { type: String, required: true },
    reservedUntil: { type: String, required: true },
  }),
  seen: {
    type: partSchema<Ticket['seen']>({
      number: { type: Number, required: true },
      version: { type: Number, required: true },
      refused: String,
    }),
    required: true,
  },
  closesAt: { type: String, required: true },
  keywords: [String],
  createdAt: { type: String, required: true },
});

// One for each order that a page of the list comes in, then the seller's own, then search.
schema.index({ status: 1, _id: -1 });
schema.index({ status: 1, 'price.amount': 1, _id: 1 });
schema.index({ status: 1, closesAt: 1, _id: 1 });
schema.index({ sellerId: 1, _id: -1 });
schema.index({ keywords: 1 });

export const ticketModel = (connection: Connection): Model<Ticket> =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
