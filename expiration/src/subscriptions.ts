import type { Handlers } from '@ticketing/core';
import type { Timers } from './timers.ts';

/** The events that expiration consumes, each with its effect. */
export const subscriptions = (timers: Timers): Handlers => ({
  'order:created': ({ id, expiresAt }) => timers.set({ orderId: id, expiresAt }),
  'order:claimed': ({ id }) => timers.clear(id),
  'order:cancelled': async ({ id, reason }) => {
    // An expired order needs no cancellation: its timer has fired, or fires soon and is ignored.
    if (reason !== 'expired') await timers.clear(id);
  },
});
