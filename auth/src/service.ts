import { aggregate, startMessaging } from '@ticketing/core';
import type { MessagingOptions } from '@ticketing/core';
import { every as everyInterval } from '@ticketing/runtime';
import type { AuthContext } from './context.ts';
import { mailTask } from './mail/mails.ts';
import type { Mails } from './mail/mails.ts';
import { currentStateEvents } from './sessions.ts';
import type { SessionLimits } from './sessions.ts';
import type { AuthStores } from './stores.ts';
import { subscriptions } from './subscriptions.ts';
import { endIdleSessions } from './use-cases/sweep-sessions.ts';

export interface AuthDependencies extends MessagingOptions<SessionLimits> {
  stores: AuthStores;
  mails: Mails;
  now?: () => Date;
}

/** Starts auth except its HTTP server. `stop` lists the shutdown steps in order. */
export function startAuth({
  stores,
  mails,
  bus,
  config,
  log,
  now = () => new Date(),
  every = everyInterval,
}: AuthDependencies) {
  const messaging = startMessaging('auth', stores.sessions, stores, { bus, config, log, every });
  const sessions = aggregate({ collection: stores.sessions, publisher: messaging.publisher });
  const context: AuthContext = { users: stores.users, sessions, mails, sweeps: messaging.sweeps, now, config };
  const handlers = subscriptions(context);
  const mailing = mailTask(mails, log, every);

  const endingIdle = every(60_000, () => endIdleSessions(context), log);

  const republish = (since: Date) => sessions.republish(since, currentStateEvents, now());
  return { context, handlers, ...messaging.consume({ handlers, republish, tasks: [endingIdle, mailing] }) };
}
