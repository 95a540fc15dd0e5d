import { aggregate, createSweeps } from '@ticketing/core';
import { apiOptions, silentLog, testKeys } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import { createApp } from '../src/app.ts';
import type { AuthContext } from '../src/context.ts';
import { letterWriter } from '../src/mail/letters.ts';
import { createMails } from '../src/mail/mails.ts';
import type { SendLetter } from '../src/mail/transport.ts';
import { mongoStores } from '../src/stores.ts';

export const testLimits = { SESSION_SECONDS: 86_400, SESSION_IDLE_SECONDS: 7200 };

export const SITE_URL = 'https://tickets.example.com';

/** The context of auth over a database, with its indexes. Emitted events stay in the outboxes, and mails wait until they are sent. */
export async function testContext(
  connection: Connection,
  now = () => new Date(),
  send: SendLetter = () => Promise.resolve(),
): Promise<AuthContext> {
  const { users, mails: model, sessions: collection } = await mongoStores(connection, silentLog);
  const write = letterWriter({ users, now }, SITE_URL);
  const mails = createMails({ model, write, send, now, log: silentLog });
  const sessions = aggregate({ collection });
  return { users, sessions, mails, sweeps: createSweeps(silentLog), now, config: testLimits };
}

/** The app of auth over a context. */
export const testApp = (
  context: AuthContext,
  { RATE_LIMITS = false, COOKIE_SECURE = false, SESSION_KEYS = [testKeys.privateKey] } = {},
) => createApp(context, { SESSION_KEYS, COOKIE_SECURE, RATE_LIMITS }, apiOptions());
