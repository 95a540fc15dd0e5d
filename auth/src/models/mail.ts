import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

/** What a mail of an order tells. */
export interface MailedOrder {
  id: string;
  ticketId: string;
  title: string;
  price: { amount: number; currency: string };
}

/** What a mail is about. Its text is written when it is sent, so the store never holds a link that works. */
export type MailTopic =
  | { kind: 'confirm'; userId: string }
  | { kind: 'reset'; email: string }
  | { kind: 'password-changed'; userId: string }
  | { kind: 'receipt' | 'sold'; userId: string; order: MailedOrder };

/** A mail to send, or a record that it was sent. */
export interface Mail {
  /** Names what caused the mail, so that one cause sends one mail. */
  _id: string;
  /** Removed when the mail is sent, because it is about a person. */
  topic?: MailTopic;
  /** When the mail is tried next, in ISO 8601; absent when it was sent or given up. */
  dueAt?: string;
  /** How many times it was tried; a number names one try, so that a late outcome of an earlier one is ignored. */
  tries: number;
  error?: string;
  sentAt?: string;
  /** When it was given up. */
  deadAt?: string;
  /** When the record is removed. Absent where the cause can come back at any time, as events do. */
  forgetAt?: Date;
}

export type MailModel = Model<Mail>;

const schema = new Schema<Mail>(
  {
    _id: { type: String, required: true },
    topic: { type: Schema.Types.Mixed },
    dueAt: String,
    tries: { type: Number, required: true },
    error: String,
    sentAt: String,
    deadAt: String,
    forgetAt: Date,
  },
  { versionKey: false, strict: 'throw' },
);
// Sparse: of all mails ever sent, few are due and few were given up.
schema.index({ dueAt: 1 }, { sparse: true });
schema.index({ deadAt: 1 }, { sparse: true });
schema.index({ 'topic.userId': 1 }, { sparse: true });
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

/** The model of the collection `mails`. */
export const mailModel = (connection: Connection): MailModel => connection.model<Mail>('Mail', schema, 'mails');
