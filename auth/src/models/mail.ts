import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

/** What a mail of an order tells. */
export interface MailedOrder {
  id: string;
  ticketId: string;
  title: string;
  price: { amount: number; currency: string };
}

/** What a letter is about. Its text is written when it is sent, so the store never holds a link that works. */
export type MailTopic =
  | { kind: 'confirm'; userId: string }
  | { kind: 'reset'; email: string }
  | { kind: 'password-changed'; userId: string }
  | { kind: 'receipt' | 'sold'; userId: string; order: MailedOrder };

/** The letters that one cause sends, or a record that they were sent. */
export interface Mail {
  /** Names the cause, so that each sends its letters once. */
  _id: string;
  /** The letters that are still to be sent. Removed when all are, because they are about people. */
  topics?: MailTopic[];
  /** The only letter of a mail that was added by a former version. */
  topic?: MailTopic;
  /** When the letters are tried next, in ISO 8601; absent when they were sent or given up. */
  dueAt?: string;
  /** How many times they were tried; a number names one try, so that a late outcome of an earlier one is ignored. */
  tries: number;
  error?: string;
  sentAt?: string;
  /** When they were given up. */
  deadAt?: string;
  /** When the record is removed. Absent where the cause can come back at any time, as events do. */
  forgetAt?: Date;
}

export type MailModel = Model<Mail>;

const schema = new Schema<Mail>(
  {
    _id: { type: String, required: true },
    topics: { type: [Schema.Types.Mixed], default: undefined },
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
schema.index({ 'topics.userId': 1 }, { sparse: true });
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

/** The model of the collection `mails`. */
export const mailModel = (connection: Connection): MailModel => connection.model<Mail>('Mail', schema, 'mails');
