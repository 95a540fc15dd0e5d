import { createSessionApi } from '@ticketing/common';
import type { ApiOptions } from '@ticketing/common';
import { checkSession } from './check-session.ts';
import type { AuthContext } from './context.ts';
import { api } from './routes/api.ts';
import { userRoutes } from './routes/users.ts';
import type { UserRoutesConfig } from './routes/users.ts';
import { readOptions } from './session-cookie.ts';

/** Sessions that have ended are recognized by `checkSession`. */
const NONE = new Set<string>();

/** Builds the Express app of auth; it does not listen. */
export const createApp = (context: AuthContext, config: UserRoutesConfig, options: ApiOptions) =>
  createSessionApi({ ...config, ...readOptions(config) }, NONE, {
    ...options,
    middleware: [checkSession(context)],
    routes: { [api.prefix]: userRoutes(context, config, options.log) },
  });
