import type { z } from 'zod';
import type { RequestShapes } from './validate.ts';

/** A route as it is declared, once: its requests are checked by that, and the API is described by it. */
export interface Route extends RequestShapes {
  method: 'get' | 'post' | 'put' | 'delete';
  /** Below the prefix of its service, as Express has it. */
  path: string;
  summary: string;
  /** Answers 401 without a session. */
  signedIn?: true;
  /** Answers 429 to a caller who comes too often. */
  limited?: true;
  /** What it answers by status, and when; a null body is none. `leadsTo` names routes that take the answer's id, and as what. */
  answers: Record<number, { when: string; body: z.ZodType | null; leadsTo?: Record<string, string> }>;
  /** The error codes of its own, by status. */
  errors?: Record<number, readonly string[]>;
}

/** The routes of a service, which all begin with `prefix`. */
export interface Api {
  prefix: string;
  /** What they are about. */
  about: string;
  routes: Record<string, Route>;
}

/** The error codes, by status, that `createApi` and what is declared of a route bring with them. */
export const commonErrors = ({ method, signedIn, limited, params, query, body }: Route): Record<number, string[]> => ({
  400: [
    ...['invalid-json', 'invalid-body', 'too-deep', 'invalid-url', 'invalid-request'],
    ...(params || body || query ? ['unknown-field'] : []),
  ],
  ...(signedIn && { 401: ['unauthenticated'] }),
  ...(method !== 'get' && { 403: ['cross-site'] }),
  413: ['body-too-large'],
  415: ['unsupported-media-type'],
  ...(limited && { 429: ['too-many-requests'] }),
  500: ['internal-error'],
  503: ['store-unavailable'],
});
