import { documentSchema, partSchema } from '@ticketing/common/mongo';
import type { Connection, Model } from 'mongoose';
import type { Moment, Order } from '../order.ts';
import { offerSchema } from './offer.ts';

const schema = documentSchema<Order>({
  ticketId: { type: String, required: true },
  number: { type: Number, required: true },
  userId: { type: String, required: true },
  status: { type: String, required: true },
  reason: String,
  offer: { type: offerSchema, required: true },
  expiresAt: { type: String, required: true },
  createdAt: { type: String, required: true },
  updatedAt: { type: String, required: true },
  history: [
    partSchema<Moment>({
      status: { type: String, required: true },
      at: { type: String, required: true },
      reason: String,
    }),
  ],
});
// A buyer's own orders, newest first; overdue orders.
schema.index({ userId: 1, createdAt: -1, _id: -1 });
schema.index({ status: 1, expiresAt: 1 });

export const orderModel = (connection: Connection): Model<Order> => connection.model<Order>('Order', schema, 'orders');
