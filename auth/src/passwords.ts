import { hash, verify } from '@node-rs/argon2';
import type { Test } from '@ticketing/common';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** OWASP's cost for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), COST);

/** Compared where there is no user, so that an unknown e-mail address takes as long as a wrong password. Of random bytes. */
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$Ir66WqhYFv9HvwKaYT3aNA$S6l1D8rJrn07LRlpuw0Wi7Dx6tDUHCX2/lYQekboIpM';

/** Whether the password belongs to the hash; without a hash, never, and after the same time. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? NOBODYS_HASH, password.normalize('NFKC'));
  return matches && passwordHash !== undefined;
}

/** A test for a password that can be signed up with. */
export const isGoodPassword: Test = (value) => {
  const problem = isPassword(value);
  if (problem) return problem;
  return COMMON_PASSWORDS.has((value as string).normalize('NFKC').toLowerCase())
    ? { code: 'common-password', message: 'This password is among the first that anybody would guess. Choose another.' }
    : undefined;
};

/** A test for anything that may have been signed up with. */
export const isPassword: Test = (value) => {
  if (typeof value !== 'string') return { code: 'invalid-type', message: 'The password must be text.' };
  if (!value.isWellFormed() || value.includes('\0'))
    return { code: 'invalid-characters', message: 'The password has characters that can not be stored.' };
  const { length } = Array.from(value);
  if (length < 8) return { code: 'too-short', message: 'The password must have at least 8 characters.' };
  return length > 128 ? { code: 'too-long', message: 'The password may have 128 characters at most.' } : undefined;
};
