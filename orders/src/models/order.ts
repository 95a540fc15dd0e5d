import { outboxIndex, storedFields } from '@ticketing/common/mongo';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import type { Moment, Order } from '../order.ts';
import { offerSchema } from './offer.ts';

export type OrderModel = Model<Order>;

const schema = new Schema<Order>(
  {
    ...storedFields,
    ticketId: { type: String, required: true },
    number: { type: Number, required: true },
    userId: { type: String, required: true },
    status: { type: String, required: true },
    reason: String,
    offer: { type: offerSchema, required: true },
    expiresAt: { type: String, required: true },
    createdAt: String,
    updatedAt: String,
    history: [new Schema<Moment>({ status: String, at: String, reason: String }, { _id: false })],
  },
  { versionKey: false },
);
schema.index(...outboxIndex);
// The buyer's own, newest first; what is overdue.
schema.index({ userId: 1, createdAt: -1, _id: -1 });
schema.index({ status: 1, expiresAt: 1 });

export const orderModel = (connection: Connection): OrderModel => connection.model<Order>('Order', schema, 'orders');
