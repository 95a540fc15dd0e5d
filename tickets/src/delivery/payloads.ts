import type { WrappedKey } from './keys.ts';

/** What is stored of the text or a file of a delivery: all but its key's id, its ticket and its size is encrypted. */
export interface Payload {
  _id: string;
  ticketId: string;
  /** In ISO 8601. */
  createdAt: string;
  key: WrappedKey;
  /** The text, or the name, type and size of a file: absent while the file is being uploaded. */
  about?: Buffer;
}

/** The encrypted payloads of deliveries. A ticket refers to those that count; the others are removed after a while. */
export interface Payloads {
  insert(payload: Payload): Promise<void>;
  /** Adds the bytes number `number`, from 0, of a file. */
  addChunk(id: string, number: number, bytes: Buffer): Promise<void>;
  /** Sets what describes a file, once it is complete. */
  complete(id: string, about: Buffer): Promise<void>;
  /** Those of these payloads that there are, in any order. */
  find(ids: readonly string[]): Promise<Payload[]>;
  /** The bytes of a file, in their order. */
  chunks(id: string): AsyncIterable<Buffer>;
  /** Removes payloads with their bytes; those that there are not are ignored. */
  remove(ids: readonly string[]): Promise<void>;
  /** Up to `limit` payloads in the order of their ids, starting after this one. */
  page(after: string, limit: number): Promise<Payload[]>;
  /** Replaces the key of a payload, unless it is not `before` any more. */
  replaceKey(id: string, before: WrappedKey, after: WrappedKey): Promise<void>;
  /** The stored key of fingerprints. The first call, on any instance, stores the one that it is given. */
  fingerprintKey(created: WrappedKey): Promise<WrappedKey>;
  /** Replaces the key of fingerprints. */
  replaceFingerprintKey(after: WrappedKey): Promise<void>;
}
