import { definitionOf, outboxIndex, storedFields } from '@ticketing/common/mongo';
import { attempt, id, instant, money, orderStatus, paymentStatus, version } from '@ticketing/common/shapes';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Payment } from '../payment.ts';

export type PaymentModel = Model<Payment>;

const stored = z.object({
  order: z.object({ version, status: orderStatus, userId: id, price: money, expiresAt: instant }),
  status: z.enum(['none', ...paymentStatus.options]),
  intentId: z.string().optional(),
  attempts: z.array(attempt.extend({ paymentMethod: z.string() })),
  keysSpent: z.int().min(0),
  dueAt: instant.optional(),
});

const schema = new Schema<Payment>(
  { ...storedFields, ...definitionOf(stored) },
  { versionKey: false, strict: 'throw' },
);
schema.index(...outboxIndex);
// Few payments have work due; the others are not in it.
schema.index({ dueAt: 1 }, { sparse: true });

export const paymentModel = (connection: Connection): PaymentModel =>
  connection.model<Payment>('Payment', schema, 'payments');
