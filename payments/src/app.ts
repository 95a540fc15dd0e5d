import { createApi, refuseOtherSites, session } from '@ticketing/common';
import type { ApiOptions, SessionOptions } from '@ticketing/common';
import type { PaymentsContext } from './context.ts';
import { paymentRoutes } from './routes/payments.ts';

export const createApp = (
  context: PaymentsContext,
  config: SessionOptions & { RATE_LIMITS: boolean },
  api: ApiOptions,
) =>
  createApi({
    ...api,
    middleware: [refuseOtherSites, session(config)],
    routes: { '/api/payments': paymentRoutes(context, config.RATE_LIMITS) },
  });
