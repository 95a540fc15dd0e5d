import { createApi, idempotent, limitRequests, requireSameOrigin, session } from '@ticketing/common';
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
  createApi({
    ...options,
    middleware: [requireSameOrigin, session(config, context.endedSessions), limitRequests(config.RATE_LIMITS)],
    routes: { [api.prefix]: orderRoutes(context, config.RATE_LIMITS, idempotent(options)) },
  });
