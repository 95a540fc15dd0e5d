import type { Handlers } from '@ticketing/common';
import type { Timers } from './timers.ts';

/** Everything that expiration hears. */
export const subscriptions = (timers: Timers): Handlers => ({
  'order:created': ({ id, expiresAt }) => timers.set({ orderId: id, expiresAt }),
  'order:claimed': ({ id }) => timers.clear(id),
  'order:cancelled': ({ id }) => timers.clear(id),
});
