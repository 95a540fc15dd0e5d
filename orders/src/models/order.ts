import { id, instant, moment, offerShape, orderShape } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Order } from '../order.ts';

const schema = documentSchema<Order>(
  orderShape.extend({
    offer: offerShape,
    createdAt: instant,
    updatedAt: instant,
    history: z.array(moment),
    commandId: id.optional(),
    sellerId: id.optional(),
    buyerSlot: z.string().optional(),
    networkSlot: z.string().optional(),
  }),
  { republished: true },
);
// For a buyer's own orders, of all tickets and of one, newest first, and for the sweeps of overdue and of unanswered orders.
schema.index({ userId: 1, createdAt: -1, _id: -1 });
schema.index({ userId: 1, ticketId: 1, createdAt: -1, _id: -1 });
schema.index({ status: 1, expiresAt: 1 });
schema.index({ status: 1, updatedAt: 1 });
// For the order that a repeated command has placed. Sparse, because a request needs no idempotency key.
schema.index({ commandId: 1 }, { sparse: true });

// So that no two orders have the same hold slot. Sparse, because only orders that have not ended have any.
schema.index({ buyerSlot: 1 }, { unique: true, sparse: true });
schema.index({ networkSlot: 1 }, { unique: true, sparse: true });

/** The model of the collection `orders`. */
export const orderModel = (connection: Connection): Model<Order> => connection.model<Order>('Order', schema, 'orders');
