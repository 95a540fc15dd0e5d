import { createApi, limitRequests, requireSameOrigin, session } from '@ticketing/common';
import type { ApiOptions } from '@ticketing/common';
import type { AuthContext } from './context.ts';
import { api } from './routes/api.ts';
import { userRoutes } from './routes/users.ts';
import type { UserRoutesConfig } from './routes/users.ts';

/** Builds the Express app of auth; it does not listen. */
export const createApp = (context: AuthContext, config: UserRoutesConfig, options: ApiOptions) =>
  createApi({
    ...options,
    middleware: [requireSameOrigin, session(config), limitRequests(config.RATE_LIMITS)],
    routes: { [api.prefix]: userRoutes(context, config, options.log) },
  });
