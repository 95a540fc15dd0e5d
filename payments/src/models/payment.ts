import type { Money } from '@ticketing/common';
import { documentSchema, partSchema } from '@ticketing/common/mongo';
import type { Connection, Model } from 'mongoose';
import type { Attempt, Payment } from '../payment.ts';

const orderCopy = partSchema<Payment['order']>({
  version: { type: Number, required: true },
  status: { type: String, required: true },
  userId: { type: String, required: true },
  price: {
    type: partSchema<Money>({ amount: { type: Number, required: true }, currency: { type: String, required: true } }),
    required: true,
  },
  expiresAt: { type: String, required: true },
});

const attempt = partSchema<Attempt>({
  number: { type: Number, required: true },
  paymentMethod: { type: String, required: true },
  status: { type: String, required: true },
  at: { type: String, required: true },
  declineCode: String,
});

const schema = documentSchema<Payment>({
  order: { type: orderCopy, required: true },
  status: { type: String, required: true },
  intentId: String,
  attempts: { type: [attempt], required: true },
  keysSpent: { type: Number, required: true },
  dueAt: String,
});
// Few payments are due; the others are not in it.
schema.index({ dueAt: 1 }, { sparse: true });

export const paymentModel = (connection: Connection): Model<Payment> =>
  connection.model<Payment>('Payment', schema, 'payments');
