import { createHash } from 'node:crypto';
import { invalidRequest, StripeFailure } from './failure.ts';
import type { Form, FormValue } from './form.ts';

const KEPT_MS = 24 * 3600 * 1000;
const MAX_KEY_LENGTH = 255;

type Kept<Where> = { fingerprint: string; at: number; where: Where };

/** `granted`: execute, and call `release` once the answer is kept or won't be. `replay`: the first answer is at `where`. */
export type Claim<Where> = { kind: 'granted'; release: () => void } | { kind: 'replay'; where: Where };

/**
 * What Stripe documents of Idempotency-Key: the first answer is kept for 24 hours. `Where` says where an answer lies.
 * `now` gives Unix milliseconds.
 */
export function createIdempotencyKeys<Where>(now: () => number) {
  const kept = new Map<string, Kept<Where>>();
  const inFlight = new Map<string, string>();

  const expired = (at: number) => now() - at >= KEPT_MS;

  return {
    /** Claims a key for one request. Throws idempotency_error for a key used for something else, 409 for one in flight. */
    claim: (key: string, fingerprint: string): Claim<Where> => {
      if (key === '' || key.length > MAX_KEY_LENGTH)
        throw invalidRequest(`Idempotency keys must be 1 to ${MAX_KEY_LENGTH} characters long.`);
      const known = kept.get(key);
      const earlier = known !== undefined && !expired(known.at) ? known : undefined;
      const first = inFlight.get(key) ?? earlier?.fingerprint;
      if (first !== undefined && first !== fingerprint) throw usedForAnother(key);
      if (inFlight.has(key)) throw inUse(key);
      if (earlier !== undefined) return { kind: 'replay', where: earlier.where };
      inFlight.set(key, fingerprint);
      return { kind: 'granted', release: () => inFlight.delete(key) };
    },

    /** Keeps where the first answer to a key lies. `at`: when it was given, Unix milliseconds. */
    keep: (key: string, fingerprint: string, at: number, where: Where): void => {
      // Oldest first, so that what has expired is found at the front.
      kept.delete(key);
      kept.set(key, { fingerprint, at, where });
      for (const [oldest, entry] of kept) {
        if (!expired(entry.at)) break;
        kept.delete(oldest);
      }
    },
  };
}

/** A short text that is the same for the same method, path and parameters in any order. */
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
