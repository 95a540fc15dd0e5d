import { createSessionApi, idempotent } from '@ticketing/common';
import type { ApiOptions, IdempotencyKeys, SessionOptions } from '@ticketing/common';
import type { OrdersContext } from './context.ts';
import { api } from './routes/api.ts';
import { orderRoutes } from './routes/orders.ts';

/** Builds the Express app of orders; it does not listen. */
export const createApp = (
  context: OrdersContext,
  config: SessionOptions & { RATE_LIMITS: boolean },
  options: ApiOptions & { keys: IdempotencyKeys },
) =>
  createSessionApi(config, context.endedSessions, {
    ...options,
    routes: { [api.prefix]: orderRoutes(context, config.RATE_LIMITS, idempotent(options)) },
  });
