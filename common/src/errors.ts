import type { Problem } from './shapes.ts';

/** An error that the caller may see. Any other error becomes a 500 that reveals nothing internal. */
export class HttpError extends Error {
  readonly status: number;
  readonly problems: Problem[];
  readonly headers: Record<string, string>;

  constructor(status: number, problems: Problem[], headers: Record<string, string> = {}) {
    // No stack for 4xx errors: it is never logged, and capturing it dominates their cost.
    const { stackTraceLimit } = Error;
    if (status < 500) Error.stackTraceLimit = 0;
    super(problems.map((problem) => problem.message).join(' '));
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'HttpError';
    this.status = status;
    this.problems = problems;
    this.headers = headers;
  }
}

type Extra = Record<string, unknown>;

const single =
  (status: number) =>
  (code: string, message: string, extra: Extra = {}) =>
    new HttpError(status, [{ code, message, ...extra }]);

export const badRequest = single(400);
export const unauthorized = single(401);
export const paymentRequired = single(402);
export const forbidden = single(403);
export const notFound = single(404);
/** A 405 with the methods that the address has. */
export const methodNotAllowed = (allowed: readonly string[]) =>
  new HttpError(405, [{ code: 'method-not-allowed', message: `This address has ${allowed.join(', ')} only.` }], {
    Allow: allowed.join(', '),
  });
export const conflict = single(409);
export const gone = single(410);
export const preconditionFailed = single(412);
export const unsupportedMediaType = single(415);
export const unprocessable = single(422);

/** A 503: the same request may succeed in a second, or after `retryAfterSeconds`, which `Retry-After` states. */
export const unavailable = (code: string, message: string, retryAfterSeconds = 1) =>
  new HttpError(503, [{ code, message }], { 'Retry-After': String(retryAfterSeconds) });

export const unauthenticated = () => unauthorized('unauthenticated', 'Sign in first.');

/** A 429 with the whole seconds after which the caller may try again. */
export const tooManyRequests = (retryAfterSeconds: number) =>
  new HttpError(
    429,
    [{ code: 'too-many-requests', message: `Too many requests. Try again in ${retryAfterSeconds} s.` }],
    {
      'Retry-After': String(retryAfterSeconds),
    },
  );
