import { aggregate, every as everyInterval, startMessaging } from '@ticketing/common';
import type { MessagingOptions } from '@ticketing/common';
import type { AuthContext } from './context.ts';
import { currentStateEvents } from './sessions.ts';
import type { SessionLimits } from './sessions.ts';
import type { AuthStores } from './stores.ts';
import { endIdleSessions } from './use-cases/sweep-sessions.ts';

export interface AuthDependencies extends MessagingOptions<SessionLimits> {
  stores: AuthStores;
  now?: () => Date;
}

/** Starts auth except its HTTP server; it consumes no events. `stop` lists the shutdown steps in order. */
export function startAuth({
  stores,
  bus,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: AuthDependencies) {
  const messaging = startMessaging('auth', stores.sessions, stores, { bus, config, log, every });
  const sessions = aggregate({ collection: stores.sessions, publisher: messaging.publisher });
  const context: AuthContext = { users: stores.users, sessions, sweeps: messaging.sweeps, now, config };

  const endingIdle = every(60_000, () => endIdleSessions(context), log);

  const republish = (since: Date) => sessions.republish(since, currentStateEvents, now());
  return { context, ...messaging.consume({ handlers: {}, republish, tasks: [endingIdle] }) };
}
