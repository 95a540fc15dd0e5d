import { createHmac } from 'node:crypto';
import type { Hmac } from 'node:crypto';

/** Computes fingerprints: the same code or file has the same one, and without the key nobody can tell which it is of. */
export interface Fingerprints {
  ofCode(code: string): string;
  /** A hash to update with the bytes of a file; `digest('base64url')` is its fingerprint. */
  ofFile(): Hmac;
}

/** A code as a scanner reads it, however it was typed: no invisible characters, single spaces, lower case. */
export const normalized = (code: string): string =>
  code
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();

/** Fingerprints with this key. Each kind begins with its name, so that no file has the fingerprint of a code. */
export function fingerprints(key: Buffer): Fingerprints {
  const begin = (kind: string) => createHmac('sha256', key).update(`${kind}\0`);
  return {
    ofCode: (code) => begin('code').update(normalized(code)).digest('base64url'),
    ofFile: () => begin('file'),
  };
}
