import { createHash } from 'node:crypto';
import { pickOffer } from './shapes.ts';
import type { Offer } from './shapes.ts';

/** 128 bits: nobody can find two offers with the same tag. */
const LENGTH = 22;

/** With the fields in one order, whatever order they were stored in. */
const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The tag of an offer as a whole: two tickets or offers have the same one if and only if they have the same offer. */
export const offerTag = (offer: Offer): string =>
  createHash('sha256')
    .update(JSON.stringify(pickOffer(offer), sorted))
    .digest('base64url')
    .slice(0, LENGTH);
