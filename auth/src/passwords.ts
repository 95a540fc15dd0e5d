import { hash, verify } from '@node-rs/argon2';
import type { Test } from '@ticketing/common';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** OWASP's cost for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password with argon2id. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), COST);

/** A hash of random bytes. It is compared for an unknown user, so that this takes as long as a wrong password. */
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$Ir66WqhYFv9HvwKaYT3aNA$S6l1D8rJrn07LRlpuw0Wi7Dx6tDUHCX2/lYQekboIpM';

/** Whether the password matches the hash. Without a hash it does not, after the same work. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? NOBODYS_HASH, password.normalize('NFKC'));
  return matches && passwordHash !== undefined;
}

/** Validates a new password: as `isPassword`, and not a common one. */
export const isGoodPassword: Test = (value) => {
  const problem = isPassword(value);
  if (problem) return problem;
  return COMMON_PASSWORDS.has((value as string).normalize('NFKC').toLowerCase())
    ? { code: 'common-password', message: 'This password is too easy to guess. Choose another.' }
    : undefined;
};

/** Validates the form of a password: 8 to 128 characters. */
export const isPassword: Test = (value) => {
  if (typeof value !== 'string') return { code: 'invalid-type', message: 'Password must be text.' };
  if (!value.isWellFormed() || value.includes('\0'))
    return { code: 'invalid-characters', message: 'Password has characters that can not be stored.' };
  const { length } = Array.from(value);
  if (length < 8) return { code: 'too-short', message: 'Password must be at least 8 characters.' };
  return length > 128 ? { code: 'too-long', message: 'Password must be 128 characters or fewer.' } : undefined;
};
