import { createHash } from 'node:crypto';
import type { StoreGauge } from '@ticketing/runtime';
import { deadLettersStored } from '../metrics.ts';

/** A message that could not be handled: its subject, its exact bytes, and the error. */
export interface DeadLetter {
  id: string;
  subject: string;
  /** The message as readable text; `base64` holds the exact bytes. */
  text: string;
  base64: string;
  error: string;
  /** How many times this message was dead-lettered. */
  times: number;
  firstAt: string;
  lastAt: string;
}

/** A position in the list of dead letters. */
export type DeadLetterCursor = Pick<DeadLetter, 'lastAt' | 'id'>;

/** Stores messages that could not be handled until an operator replays or removes them. */
export interface DeadLetters {
  /** Stores a message and returns its id. The same message is stored once. */
  add(subject: string, raw: Buffer, error: unknown): Promise<string>;
  /** Up to `limit` dead letters, the latest first; with `after`, starting after that one. */
  page(limit: number, after?: DeadLetterCursor): Promise<DeadLetter[]>;
  /** How many there are; with `limit`, it counts no further. */
  count(limit?: number): Promise<number>;
  get(id: string): Promise<DeadLetter | null>;
  remove(id: string): Promise<void>;
}

/** The gauge of a service's dead letters. */
export const deadLettersGauge = (deadLetters: Pick<DeadLetters, 'count'>): StoreGauge => ({
  gauge: deadLettersStored,
  read: () => deadLetters.count(1000),
});

/** The id of a dead letter. The same message has the same id, so adding it again after a crash does not store a second letter. */
export const deadLetterId = (subject: string, raw: Buffer): string =>
  createHash('sha256').update(subject).update('\0').update(raw).digest('hex').slice(0, 24);
