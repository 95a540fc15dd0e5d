import type { Money, Offer } from '@ticketing/common';
import { partSchema } from '@ticketing/common/mongo';

export const moneySchema = partSchema<Money>({
  amount: { type: Number, required: true },
  currency: { type: String, required: true },
});

export const offerSchema = partSchema<Offer>({
  title: { type: String, required: true },
  price: { type: moneySchema, required: true },
  venue: String,
  startsAt: String,
  timeZone: String,
});
