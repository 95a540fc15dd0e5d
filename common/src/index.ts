export * from './aggregate/index.ts';
export * from './backing.ts';
export * from './batch.ts';
export * from './bus/bus.ts';
export * from './bus/connect.ts';
export * from './bus/consumer.ts';
export * from './bus/dead-letters.ts';
export * from './config.ts';
export * from './context.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './gauges.ts';
export * from './health.ts';
export * from './http/admin-routes.ts';
export * from './http/api.ts';
export * from './http/ended-sessions.ts';
export * from './http/idempotency.ts';
export * from './http/rate-limit.ts';
export * from './http/route.ts';
export * from './http/same-origin.ts';
export * from './http/security-log.ts';
export * from './http/session.ts';
export * from './http/validate.ts';
export * from './logging.ts';
export * from './server.ts';
export * from './service.ts';
export * from './time.ts';
export * from './tracing.ts';
export * from './urls.ts';
export { Counter, Gauge, Histogram } from 'prom-client';
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
