/** One thing that is wrong with a request: a stable kebab-case code, a sentence for people, and what else helps to mend it. */
export interface Problem {
  code: string;
  message: string;
  field?: string;
  [extra: string]: unknown;
}

/** A failure that the caller is meant to see. Anything else that is thrown is a 500 that says nothing internal. */
export class HttpError extends Error {
  readonly status: number;
  readonly problems: Problem[];
  readonly headers: Record<string, string>;

  constructor(status: number, problems: Problem[], headers: Record<string, string> = {}) {
    // Where an answer was made tells nobody anything, and to look takes longer than the rest of it.
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
export const conflict = single(409);
export const gone = single(410);
export const unsupportedMediaType = single(415);
export const unavailable = single(503);

export const unauthenticated = () => unauthorized('unauthenticated', 'Sign in first.');

/** A 429 that tells the caller, in whole seconds, when to try again. */
export const tooManyRequests = (retryAfterSeconds: number) =>
  new HttpError(
    429,
    [{ code: 'too-many-requests', message: `Too many requests. Try again in ${retryAfterSeconds} s.` }],
    {
      'Retry-After': String(retryAfterSeconds),
    },
  );

// Named by what the drivers throw, so that common need not load a driver that a service does not use.
const UNREACHABLE = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoOperationTimeoutError',
  'MongoWaitQueueTimeoutError',
  'MongoWriteConcernError',
  'MongooseServerSelectionError',
  'MongooseError',
  'MaxRetriesPerRequestError',
  'StoreUnavailableError',
]);
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);

/** A store does not answer, by our own account: whoever wanted something of it may try again. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}

/** Whether an error means that a store or server did not answer, so that the same work may succeed later. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return UNREACHABLE.has(error.name) || (typeof code === 'string' && UNREACHABLE_CODES.has(code));
}

/** Whether MongoDB refused a write because a document with the same unique key is there. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 11000;
