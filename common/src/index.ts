export * from './errors.ts';
export * from './events.ts';
export * from './http/api.ts';
export * from './http/ended-sessions.ts';
export * from './http/idempotency.ts';
export * from './http/if-match.ts';
export * from './http/rate-limit.ts';
export * from './http/route.ts';
export * from './http/same-origin.ts';
export * from './http/security-log.ts';
export * from './http/session.ts';
export * from './http/validate.ts';
export { offerTag, stillOffersTagged } from './offer-tag.ts';
export { pickListing, pickOffer, sameMoney, sameOffer, stillOffers } from './shapes.ts';
export type {
  CancelReason,
  CurrentUser,
  Listing,
  Money,
  Offer,
  OrderStatus,
  PaymentStatus,
  Problem,
  RefusalReason,
  TicketStatus,
} from './shapes.ts';
