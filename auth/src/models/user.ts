import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

export interface User {
  _id: string;
  /** In one spelling, so that a mailbox has one account; older accounts may have another (see spellings.ts). */
  email: string;
  passwordHash: string;
  createdAt: string;
}

export type UserModel = Model<User>;

const schema = new Schema<User>(
  {
    _id: { type: String, required: true },
    // The index, not a query beforehand, prevents two accounts from concurrent sign-ups.
    email: { type: String, required: true, unique: true },
    passwordHash: { type: String, required: true },
    createdAt: String,
  },
  { versionKey: false, strict: 'throw' },
);

/** The model of the collection `users`. */
export const userModel = (connection: Connection): UserModel => connection.model<User>('User', schema, 'users');
