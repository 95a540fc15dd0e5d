import type { Handlers } from '@ticketing/common';
import type { Timers } from './timers.ts';

/** Everything that expiration hears. */
export const subscriptions = (timers: Timers): Handlers => ({
  'order:created': ({ id, expiresAt }) => timers.set({ orderId: id, expiresAt }),
  'order:claimed': ({ id }) => timers.clear(id),
  'order:cancelled': async ({ id, reason }) => {
    // Of one that expired the timer has gone off, or does so soon and changes nothing.
    if (reason !== 'expired') await timers.clear(id);
  },
});
