import type { UserModel } from './models/user.ts';

/** What the use cases work with. */
export interface AuthContext {
  users: UserModel;
  now: () => Date;
}
