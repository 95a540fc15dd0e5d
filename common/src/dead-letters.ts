import { createHash } from 'node:crypto';

/** A message that was set aside: where it came from, word for word, and what was wrong with it. */
export interface DeadLetter {
  id: string;
  subject: string;
  /** The message as text, to read; `base64` is the message itself. */
  text: string;
  base64: string;
  error: string;
  /** How often the same message was set aside. */
  times: number;
  firstAt: string;
  lastAt: string;
}

/** Keeps messages that could not be handled until somebody replays or removes them. */
export interface DeadLetters {
  /** Keeps a message, the same one once. Gives its id. */
  setAside(subject: string, raw: Buffer, error: unknown): Promise<string>;
  list(): Promise<DeadLetter[]>;
  get(id: string): Promise<DeadLetter | null>;
  remove(id: string): Promise<void>;
}

/** The same message has the same id, so that setting it aside again, after a crash in between, adds nothing. */
export const deadLetterId = (subject: string, raw: Buffer): string =>
  createHash('sha256').update(subject).update('\0').update(raw).digest('hex').slice(0, 24);
