import { createHash } from 'node:crypto';
import { invalidRequest, StripeFailure } from './failure.ts';
import type { Form, FormValue } from './form.ts';

const RETENTION_MS = 24 * 3600 * 1000;
const MAX_KEY_LENGTH = 255;

type Stored<Where> = { fingerprint: string; at: number; where: Where };

/** `granted`: execute, and call `release` once the answer is stored or won't be. `replay`: the first answer is at `where`. */
export type Claim<Where> = { kind: 'granted'; release: () => void } | { kind: 'replay'; where: Where };

/**
 * Idempotency keys as Stripe documents them: the first answer is stored for 24 hours. `Where` is the position of a stored
 * answer; `now` returns Unix milliseconds.
 */
export function createIdempotencyKeys<Where>(now: () => number) {
  const stored = new Map<string, Stored<Where>>();
  const inFlight = new Map<string, string>();

  const expired = (at: number) => now() - at >= RETENTION_MS;

  return {
    /** Claims a key for one request. Throws idempotency_error for a key used for something else, 409 for one in flight. */
    claim: (key: string, fingerprint: string): Claim<Where> => {
      if (key === '' || key.length > MAX_KEY_LENGTH)
        throw invalidRequest(`Idempotency keys must be 1 to ${MAX_KEY_LENGTH} characters long.`);
      const known = stored.get(key);
      const earlier = known !== undefined && !expired(known.at) ? known : undefined;
      const first = inFlight.get(key) ?? earlier?.fingerprint;
      if (first !== undefined && first !== fingerprint) throw usedForAnother(key);
      if (inFlight.has(key)) throw inUse(key);
      if (earlier !== undefined) return { kind: 'replay', where: earlier.where };
      inFlight.set(key, fingerprint);
      return { kind: 'granted', release: () => inFlight.delete(key) };
    },

    /** Records the position of the first answer to a key. `at`: when it was given, in Unix milliseconds. */
    record: (key: string, fingerprint: string, at: number, where: Where): void => {
      // Oldest first, so that expired entries are at the front.
      stored.delete(key);
      stored.set(key, { fingerprint, at, where });
      for (const [oldest, entry] of stored) {
        if (!expired(entry.at)) break;
        stored.delete(oldest);
      }
    },
  };
}

/** A short digest of a method, a path and parameters, independent of their order. */
export function fingerprintOf(method: string, path: string, params: Form): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, sorted(params)]))
    .digest('base64url')
    .slice(0, 22);
}

const sorted = (value: FormValue): unknown =>
  typeof value === 'string'
    ? value
    : Object.keys(value)
        .sort()
        .map((name) => [name, sorted(value[name] ?? '')]);

const usedForAnother = (key: string) =>
  new StripeFailure({
    status: 400,
    error: {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters and the same endpoint they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    },
  });

const inUse = (key: string) =>
  new StripeFailure({
    status: 409,
    error: {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    },
    headers: { 'Stripe-Should-Retry': 'true' },
  });
