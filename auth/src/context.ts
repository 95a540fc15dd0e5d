import type { Aggregate, Sweeps } from '@ticketing/common';
import type { UserModel } from './models/user.ts';
import type { SessionLimits, UserSessions } from './sessions.ts';

/** What the use cases work with. */
export interface AuthContext {
  users: UserModel;
  sessions: Aggregate<UserSessions>;
  sweeps: Sweeps;
  now: () => Date;
  config: SessionLimits;
}
