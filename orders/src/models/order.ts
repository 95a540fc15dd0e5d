import { definitionOf, outboxIndex, storedFields } from '@ticketing/common/mongo';
import { cancelReason, id, instant, moment, offerShape, orderStatus } from '@ticketing/common/shapes';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Order } from '../order.ts';

export type OrderModel = Model<Order>;

const stored = z.object({
  ticketId: id,
  number: z.int().positive(),
  userId: id,
  status: orderStatus,
  reason: cancelReason.optional(),
  offer: offerShape,
  expiresAt: instant,
  createdAt: instant,
  updatedAt: instant,
  history: z.array(moment),
});

const schema = new Schema<Order>({ ...storedFields, ...definitionOf(stored) }, { versionKey: false, strict: 'throw' });
schema.index(...outboxIndex);
// The buyer's own, newest first; what is overdue.
schema.index({ userId: 1, createdAt: -1, _id: -1 });
schema.index({ status: 1, expiresAt: 1 });

export const orderModel = (connection: Connection): OrderModel => connection.model<Order>('Order', schema, 'orders');
