import { createApi, refuseOtherSites, session } from '@ticketing/common';
import type { ApiOptions } from '@ticketing/common';
import type { AuthContext } from './context.ts';
import { userRoutes } from './routes/users.ts';
import type { UserRoutesConfig } from './routes/users.ts';

/** Builds the Express app of auth; it does not listen. */
export const createApp = (context: AuthContext, config: UserRoutesConfig, api: ApiOptions) =>
  createApi({
    ...api,
    middleware: [refuseOtherSites, session(config)],
    routes: { '/api/users': userRoutes(context, config) },
  });
