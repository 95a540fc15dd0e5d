import type { ApiOptions } from '@ticketing/common';
import type { Express } from 'express';
import { createApp } from './app.ts';
import type { UserModel } from './models/user.ts';
import type { UserRoutesConfig } from './routes/users.ts';

/** Starts auth on its connections: everything that runs, and what stops it, step by step, before the store is closed. */
export function startAuth({
  config,
  log,
  health,
  users,
}: Pick<ApiOptions, 'log' | 'health'> & { config: ApiOptions['config'] & UserRoutesConfig; users: UserModel }): {
  app: Express;
  stop: (() => Promise<unknown>)[];
} {
  const app = createApp({ users, now: () => new Date() }, config, { log, health, config });
  // Only requests run, and these have ended when the server is closed.
  return { app, stop: [] };
}
