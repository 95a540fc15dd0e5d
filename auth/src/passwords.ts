import { hash, verify } from '@node-rs/argon2';

/** The argon2id cost that OWASP recommends: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password, in Unicode normalization form KC, with a random salt. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), COST);

/** A hash of random bytes, verified when there is no user, so that an unknown e-mail address takes as long as a wrong password. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$Ir66WqhYFv9HvwKaYT3aNA$S6l1D8rJrn07LRlpuw0Wi7Dx6tDUHCX2/lYQekboIpM';

/** Whether the password matches the hash. Without a hash it is false, after the same time. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? DUMMY_HASH, password.normalize('NFKC'));
  return matches && passwordHash !== undefined;
}
