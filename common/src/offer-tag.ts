import { hash } from 'node:crypto';
import { pickOffer } from './shapes.ts';
import type { Offer } from './shapes.ts';

/** With the fields in one order, whatever order they were stored in. */
const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort()) : value;

/**
 * The tag of an offer as a whole: two tickets or offers have the same one if and only if they have the same offer. With 128 bits, nobody
 * finds two offers that share one.
 */
export const offerTag = (offer: Offer): string =>
  hash('sha256', JSON.stringify(pickOffer(offer), sorted), 'base64url').slice(0, 22);
