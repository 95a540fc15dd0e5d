import { hash } from 'node:crypto';
import { pickOffer, withoutDelivery } from './shapes.ts';
import type { Offer } from './shapes.ts';

/** JSON with the fields in one order, whatever order they were stored in. Built by hand: JSON.stringify with a function takes several times as long. */
function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const whole = value as Record<string, unknown>;
  const present = Object.keys(value).filter((name) => whole[name] !== undefined);
  return `{${present
    .sort()
    .map((name) => `"${name}":${sortedJson(whole[name])}`)
    .join()}}`;
}

/**
 * The tag of an offer as a whole: two tickets or offers have the same one if and only if they have the same offer. With 128 bits, nobody
 * finds two offers that share one.
 */
export const offerTag = (offer: Offer): string =>
  hash('sha256', sortedJson(pickOffer(offer)), 'base64url').slice(0, 22);

/** Whether a ticket still offers what a buyer saw, as `stillOffers`, by the tag of what was seen. */
export const stillOffersTagged = (ticket: Offer, seenTag: string): boolean =>
  offerTag(ticket) === seenTag || offerTag(withoutDelivery(ticket)) === seenTag;
