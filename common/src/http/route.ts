import type { z } from 'zod';
import type { RequestShapes } from './validate.ts';

/** The declaration of a route. Requests are validated by it, and the API's description is generated from it. */
export type Route = RouteParts &
  (
    | { method: 'get' | 'put' | 'delete'; idempotency?: undefined }
    | {
        method: 'post';
        /**
         * What a repetition with the same Idempotency-Key does: it is `replayed` from the stored answer, or `repeated`, because
         * the route is safe to run again.
         */
        idempotency: 'replayed' | 'repeated';
      }
  );

interface RouteParts extends RequestShapes {
  /** The path below the prefix of the service, in the syntax of Express. */
  path: string;
  summary: string;
  /** Answers 401 without a session. */
  requiresAuth?: true;
  /** A response with a body has an `ETag`, which PUT and DELETE take in `If-Match`. */
  tagged?: true;
  /** The body is multipart/form-data with one file, in the part of this name. The route reads it itself. */
  upload?: string;
  /**
   * Successful responses by status: when they occur, and their body, which is null when there is none. `leadsTo` names routes that
   * take the id in the response, and as which parameter. `types`: the media types of a body that is not JSON.
   */
  answers: Record<
    number,
    { when: string; body: z.ZodType | null; leadsTo?: Record<string, string>; types?: readonly string[] }
  >;
  /** Error codes of this route, by status, besides the common ones. */
  errors?: Record<number, readonly string[]>;
}

/** The API of a service: routes below one prefix. */
export interface Api {
  prefix: string;
  /** A sentence for the API's description. */
  about: string;
  routes: Record<string, Route>;
}

/** Whether a route changes what has no `ETag`. */
export const changesUntagged = ({ method, tagged }: { method?: string; tagged?: true | undefined }): boolean =>
  (method === 'put' || method === 'delete') && tagged !== true;

/** The error codes, by status, that `createApi` and the declaration of a route imply. */
export const commonErrors = ({
  method,
  tagged,
  requiresAuth,
  idempotency,
  params,
  query,
  body,
}: Route): Record<number, string[]> => ({
  400: [
    ...['invalid-json', 'invalid-body', 'too-deep', 'invalid-url', 'invalid-request'],
    ...(params || body || query ? ['unknown-field'] : []),
    ...(idempotency ? ['invalid-idempotency-key'] : []),
  ],
  ...(requiresAuth && { 401: ['unauthenticated'] }),
  ...(method !== 'get' && { 403: ['cross-site'] }),
  ...(idempotency === 'replayed' && { 409: ['idempotency-in-progress'], 422: ['idempotency-key-reused'] }),
  ...(changesUntagged({ method, tagged }) && { 412: ['precondition-failed'] }),
  413: ['body-too-large'],
  415: ['unsupported-media-type'],
  429: ['too-many-requests'],
  500: ['internal-error'],
  503: ['store-unavailable'],
});
