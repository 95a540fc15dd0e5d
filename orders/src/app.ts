import { createApi, refuseOtherSites, session } from '@ticketing/common';
import type { ApiOptions, SessionOptions } from '@ticketing/common';
import type { OrdersContext } from './context.ts';
import { orderRoutes } from './routes/orders.ts';

export const createApp = (context: OrdersContext, config: SessionOptions & { RATE_LIMITS: boolean }, api: ApiOptions) =>
  createApi({
    ...api,
    middleware: [refuseOtherSites, session(config)],
    routes: { '/api/orders': orderRoutes(context, config.RATE_LIMITS) },
  });
