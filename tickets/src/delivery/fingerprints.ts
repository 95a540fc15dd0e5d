import { createHmac } from 'node:crypto';

/** The fingerprint of a file, computed from its bytes as they arrive. */
export interface FileHash {
  update(bytes: Buffer): unknown;
  digest(encoding: 'base64url'): string;
}

/** Computes fingerprints: the same code or file has the same one, and without the key nobody can tell which it is of. */
export interface Fingerprints {
  ofCode(code: string): string;
  ofFile(): FileHash;
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
