import { createSessionApi, idempotent } from '@ticketing/common';
import type { ApiOptions, IdempotencyKeys, SessionOptions } from '@ticketing/common';
import type { PaymentsContext } from './context.ts';
import { api } from './routes/api.ts';
import { paymentRoutes } from './routes/payments.ts';

/** Builds the Express app of payments; it does not listen. */
export const createApp = (
  context: PaymentsContext,
  config: SessionOptions & { RATE_LIMITS: boolean },
  options: ApiOptions & { keys: IdempotencyKeys },
) =>
  createSessionApi(config, context.endedSessions, {
    ...options,
    routes: { [api.prefix]: paymentRoutes(context, config.RATE_LIMITS, idempotent(options)) },
  });
