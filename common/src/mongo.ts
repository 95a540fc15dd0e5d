/** What a service with a MongoDB shares with the others that have one; apart, so that one without does not load the driver. */
export * from './documents.ts';
export * from './mongo-dead-letters.ts';
export * from './outbox.ts';
export * from './relay.ts';
export * from './resync.ts';
export * from './schema.ts';
export * from './store.ts';
