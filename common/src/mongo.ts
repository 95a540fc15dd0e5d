/** What a service with a MongoDB shares with the others that have one; apart, so that one without does not load the driver. */
export * from './bus/mongo-dead-letters.ts';
export * from './documents.ts';
export * from './outbox.ts';
export * from './relay.ts';
export * from './resync.ts';
export * from './store.ts';
