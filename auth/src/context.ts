import type { Aggregate, Sweeps } from '@ticketing/core';
import type { Mails } from './mail/mails.ts';
import type { UserModel } from './models/user.ts';
import type { SessionLimits, UserSessions } from './sessions.ts';

/** What the use cases work with. */
export interface AuthContext {
  users: UserModel;
  sessions: Aggregate<UserSessions>;
  mails: Mails;
  sweeps: Sweeps;
  now: () => Date;
  config: SessionLimits;
}
