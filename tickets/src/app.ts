import { createApi, refuseOtherSites, session } from '@ticketing/common';
import type { ApiOptions, SessionOptions } from '@ticketing/common';
import type { TicketsContext } from './context.ts';
import { ticketRoutes } from './routes/tickets.ts';

export const createApp = (context: TicketsContext, sessions: SessionOptions, api: ApiOptions) =>
  createApi({
    ...api,
    middleware: [refuseOtherSites, session(sessions)],
    routes: { '/api/tickets': ticketRoutes(context) },
  });
