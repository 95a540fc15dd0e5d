import { definitionOf } from '@ticketing/common/mongo';
import { id, instant } from '@ticketing/common/shapes';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';

/** A buyer's places for live holds: one array, so that taking a place is one write however many orders race. */
export interface Buyer {
  _id: string;
  holds: { orderId: string; at: string }[];
}

export type BuyerModel = Model<Buyer>;

const stored = z.object({ holds: z.array(z.object({ orderId: id, at: instant })) });

const schema = new Schema<Buyer>(
  { _id: { type: String, required: true }, ...definitionOf(stored) },
  { versionKey: false, strict: 'throw' },
);

export const buyerModel = (connection: Connection): BuyerModel => connection.model<Buyer>('Buyer', schema, 'buyers');
