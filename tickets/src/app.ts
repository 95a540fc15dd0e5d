import { createApi, idempotent, requireSameOrigin, session } from '@ticketing/common';
import type { ApiOptions, IdempotencyKeys, SessionOptions } from '@ticketing/common';
import type { TicketsContext } from './context.ts';
import { api } from './routes/api.ts';
import { ticketRoutes } from './routes/tickets.ts';

/** Builds the Express app of tickets; it does not listen. */
export const createApp = (
  context: TicketsContext,
  sessions: SessionOptions,
  options: ApiOptions & { keys: IdempotencyKeys },
) =>
  createApi({
    ...options,
    middleware: [requireSameOrigin, session(sessions)],
    routes: { [api.prefix]: ticketRoutes(context, idempotent(options)) },
  });
