import { outboxIndex, storedFields } from '@ticketing/common/mongo';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import type { Attempt, Payment } from '../payment.ts';

export type PaymentModel = Model<Payment>;

const orderCopy = new Schema<Payment['order']>(
  {
    version: Number,
    status: String,
    userId: String,
    price: new Schema({ amount: Number, currency: String }, { _id: false }),
    expiresAt: String,
  },
  { _id: false },
);

const attempt = new Schema<Attempt>(
  { number: Number, paymentMethod: String, status: String, at: String, declineCode: String },
  { _id: false },
);

const schema = new Schema<Payment>(
  {
    ...storedFields,
    order: { type: orderCopy, required: true },
    status: { type: String, required: true },
    intentId: String,
    attempts: [attempt],
    keysSpent: { type: Number, required: true },
    dueAt: String,
  },
  { versionKey: false },
);
schema.index(...outboxIndex);
// Few payments have work due; the others are not in it.
schema.index({ dueAt: 1 }, { sparse: true });

export const paymentModel = (connection: Connection): PaymentModel =>
  connection.model<Payment>('Payment', schema, 'payments');
