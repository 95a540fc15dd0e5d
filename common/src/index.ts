export * from './backing.ts';
export * from './bus.ts';
export * from './config.ts';
export * from './context.ts';
export * from './dead-letters.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './health.ts';
export * from './http/api.ts';
export * from './http/rate-limit.ts';
export * from './http/route.ts';
export * from './http/same-site.ts';
export * from './http/session.ts';
export * from './http/validate.ts';
export * from './logging.ts';
export * from './server.ts';
export * from './service.ts';
export * from './subscriptions.ts';
export * from './time.ts';
export * from './urls.ts';
export { pickListing, pickOffer, sameMoney, sameOffer } from './shapes.ts';
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
