import type { CurrentUser } from '@ticketing/common';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

export interface User {
  _id: string;
  /** In one spelling, so that a mailbox has one account; older accounts may have another (see spellings.ts). */
  email: string;
  passwordHash: string;
  createdAt: string;
  /** When its owner has shown, by a link, that mail to the address arrives. */
  confirmedAt?: string;
  /** The links that were mailed and not used yet. */
  confirmLinks?: StoredLink[];
  resetLinks?: StoredLink[];
}

/** A link as it is stored: of its token only a hash. */
export interface StoredLink {
  hash: string;
  /** In ISO 8601. */
  endsAt: string;
}

export type UserModel = Model<User>;

const links = [new Schema<StoredLink>({ hash: String, endsAt: String }, { _id: false, strict: 'throw' })];

const schema = new Schema<User>(
  {
    _id: { type: String, required: true },
    // The index, not a query beforehand, prevents two accounts from concurrent sign-ups.
    email: { type: String, required: true, unique: true },
    passwordHash: { type: String, required: true },
    createdAt: String,
    confirmedAt: String,
    // Without a default: most accounts have no link.
    confirmLinks: { type: links, default: undefined },
    resetLinks: { type: links, default: undefined },
  },
  { versionKey: false, strict: 'throw' },
);
// Sparse: most accounts have no link.
schema.index({ 'confirmLinks.hash': 1 }, { sparse: true });
schema.index({ 'resetLinks.hash': 1 }, { sparse: true });

/** The model of the collection `users`. */
export const userModel = (connection: Connection): UserModel => connection.model<User>('User', schema, 'users');

/** An account as its sessions show it. */
export const currentUserOf = ({ _id: id, email, confirmedAt }: User): CurrentUser => ({
  ...{ id, email },
  ...(confirmedAt !== undefined && { confirmed: true }),
});
