import { attempt, card, id, instant, money, orderStatus, paymentStatus, version } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Payment } from '../payment.ts';

const schema = documentSchema<Payment>(
  z.object({
    order: z.object({ version, status: orderStatus, userId: id, price: money, expiresAt: instant }),
    status: z.enum(['none', ...paymentStatus.options]),
    intentId: z.string().optional(),
    provider: z.string().optional(),
    attempts: z.array(attempt.extend({ paymentMethod: z.string(), commandId: id.optional() })),
    card: card.optional(),
    keysSpent: z.int().min(0),
    dueAt: instant.optional(),
  }),
  { republished: true },
);
// Sparse: only the few payments that are due are in the index.
schema.index({ dueAt: 1 }, { sparse: true });

/** The model of the collection `payments`. */
export const paymentModel = (connection: Connection): Model<Payment> =>
  connection.model<Payment>('Payment', schema, 'payments');
