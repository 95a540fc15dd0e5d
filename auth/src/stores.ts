import type { Collection, MessagingStores } from '@ticketing/core';
import { createIndexes, messagingStores, mongooseCollection } from '@ticketing/core/mongo';
import type { Logger } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import { mailModel } from './models/mail.ts';
import type { MailModel } from './models/mail.ts';
import { userSessionsModel } from './models/user-sessions.ts';
import { userModel } from './models/user.ts';
import type { UserModel } from './models/user.ts';
import type { UserSessions } from './sessions.ts';

/** The stores of auth. */
export interface AuthStores extends MessagingStores {
  users: UserModel;
  sessions: Collection<UserSessions>;
}

/** Creates the stores in MongoDB, with their indexes. */
export async function mongoStores(connection: Connection, log: Logger): Promise<AuthStores & { mails: MailModel }> {
  const [users, sessions, mails] = [userModel(connection), userSessionsModel(connection), mailModel(connection)];
  await createIndexes([users, sessions, mails], log);
  return { users, mails, sessions: mongooseCollection(sessions), ...messagingStores(connection) };
}
