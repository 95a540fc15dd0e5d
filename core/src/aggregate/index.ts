export * from './aggregate.ts';
export * from './coalesced-reads.ts';
export * from './collection.ts';
export * from './last-known-state.ts';
export * from './lease.ts';
export * from './messaging.ts';
export * from './relay.ts';
export * from './sweeps.ts';
