import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

export interface User {
  _id: string;
  /** Trimmed and in lower case: one person, one account. */
  email: string;
  passwordHash: string;
  createdAt: string;
}

export type UserModel = Model<User>;

const schema = new Schema<User>(
  {
    _id: { type: String, required: true },
    // The index, not a look beforehand, keeps two sign-ups at once from making two accounts.
    email: { type: String, required: true, unique: true },
    passwordHash: { type: String, required: true },
    createdAt: String,
  },
  { versionKey: false, strict: 'throw' },
);

export const userModel = (connection: Connection): UserModel => connection.model<User>('User', schema, 'users');
