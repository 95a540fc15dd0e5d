import { createSessionApi, idempotent } from '@ticketing/common';
import type { ApiOptions, IdempotencyKeys, SessionOptions } from '@ticketing/common';
import type { TicketsContext } from './context.ts';
import { api } from './routes/api.ts';
import { isUpload } from './routes/delivery.ts';
import { ticketRoutes } from './routes/tickets.ts';

/** Builds the Express app of tickets; it does not listen. */
export const createApp = (
  context: TicketsContext,
  config: SessionOptions & { RATE_LIMITS: boolean },
  options: ApiOptions & { keys: IdempotencyKeys },
) =>
  createSessionApi(config, context.endedSessions, {
    ...options,
    readsOwnBody: isUpload,
    routes: { [api.prefix]: ticketRoutes(context, config.RATE_LIMITS, idempotent(options)) },
  });
