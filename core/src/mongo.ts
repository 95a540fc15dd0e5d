/** What services with a MongoDB share. A separate entry point, so that a service without one does not load the driver. */
export * from './bus/mongo-dead-letters.ts';
export * from './mongo/batched-writes.ts';
export * from './mongo/connect.ts';
export * from './mongo/driver-watchdog.ts';
export * from './mongo/ended-sessions.ts';
export * from './mongo/idempotency-keys.ts';
export * from './mongo/lease-model.ts';
export * from './mongo/messaging-stores.ts';
export * from './mongo/mongoose-collection.ts';
export * from './mongo/own-filter.ts';
export * from './mongo/schema.ts';
export * from './mongo/speed-ups.ts';
