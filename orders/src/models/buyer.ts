import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

/** A buyer's places for live holds: one array, so that taking a place is one write however many orders race. */
export interface Buyer {
  _id: string;
  holds: { orderId: string; at: string }[];
}

export type BuyerModel = Model<Buyer>;

const schema = new Schema<Buyer>(
  { _id: { type: String, required: true }, holds: [new Schema({ orderId: String, at: String }, { _id: false })] },
  { versionKey: false },
);

export const buyerModel = (connection: Connection): BuyerModel => connection.model<Buyer>('Buyer', schema, 'buyers');
