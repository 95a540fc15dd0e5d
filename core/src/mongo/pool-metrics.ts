import type { EventEmitter } from 'node:events';
import { storeInUse, storeWaiting } from '../metrics.ts';

/** Keeps the gauges of a MongoDB client's pool, from the driver's own events. */
export function watchPool(client: EventEmitter): void {
  client
    .on('connectionCheckOutStarted', () => {
      storeWaiting.inc();
    })
    .on('connectionCheckOutFailed', () => {
      storeWaiting.dec();
    })
    .on('connectionCheckedOut', () => {
      storeWaiting.dec();
      storeInUse.inc();
    })
    .on('connectionCheckedIn', () => {
      storeInUse.dec();
    });
}
