import type { Money, Offer } from '@ticketing/common';
import { Schema } from 'mongoose';

export const moneySchema = new Schema<Money>(
  { amount: { type: Number, required: true }, currency: { type: String, required: true } },
  { _id: false },
);

export const offerSchema = new Schema<Offer>(
  {
    title: { type: String, required: true },
    price: { type: moneySchema, required: true },
    venue: String,
    startsAt: String,
    timeZone: String,
  },
  { _id: false },
);
