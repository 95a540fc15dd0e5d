import type { Problem } from './shapes.ts';

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
const UNREACHABLE_CODES = /^(ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)UNREACH|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)$/;

// Node's and OpenSSL's names for a TLS handshake or a certificate that failed; the NATS client's for servers with and without TLS.
const REFUSED_CODES =
  /^(EPROTO|(NON_)?SECURE_CONN_REQ|CLIENT_CERT_REQ|OPENSSL_ERR|(ERR_TLS|ERR_SSL|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)_\w+)$/;
/** Of MongoDB: not authorized, not authenticated, and Atlas's number for the latter. */
const REFUSED_NUMBERS: unknown[] = [13, 18, 8000];
/** Of Redis, also when it has no database of that number, and of NATS. */
const REFUSED_WORDS =
  /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|invalid password|Client sent AUTH|Protocol error: unauth|DB index|invalid DB)|'?(Authorization|User Auth|Authentication))/i;

/** A store is unavailable, by our own account: the same may succeed later. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}

/** Whether an error means that a store or server is unavailable to us, so that the same work may succeed later. */
export function isUnreachable(error: unknown): boolean {
  if (!isError(error)) return false;
  const { code } = error as DriverError;
  return UNREACHABLE.has(error.name) || UNREACHABLE_CODES.test(String(code)) || isRefused(error);
}

/** Whether a store or server refuses the connection itself: a wrong password, or no TLS where it should be, or a wrong certificate. */
export const isRefused = (error: unknown): boolean =>
  causesOf(error).some(
    ({ name, message, code }) =>
      REFUSED_CODES.test(String(code)) ||
      (name === 'MongoServerError' && REFUSED_NUMBERS.includes(code)) ||
      ((name === 'ReplyError' || name === 'NatsError') && REFUSED_WORDS.test(message)),
  );

/** Those of Node may be of another realm: in tests they are. */
const isError = (value: unknown): value is Error =>
  value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';

interface DriverError extends Error {
  code?: unknown;
  /** Of the client of NATS. */
  chainedError?: unknown;
  /** Of the driver of MongoDB: what it knows of each server. */
  reason?: { servers?: Map<string, { error?: unknown }> } | null;
  /** Of Node, when a name has several addresses. */
  errors?: unknown;
}

/** An error and what led to it, wherever the drivers keep that. */
function causesOf(error: unknown, depth = 0): DriverError[] {
  if (!isError(error) || depth > 4) return [];
  const { cause, chainedError, reason, errors } = error as DriverError;
  const servers = reason?.servers instanceof Map ? [...reason.servers.values()].map((server) => server.error) : [];
  const inner = [cause, chainedError, ...servers, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return [error, ...inner.flatMap((one) => causesOf(one, depth + 1))];
}

/** Text without the users and passwords of URLs in it, and without what Redis repeats of a command that it does not know. */
const withoutSecrets = (text: string): string =>
  text.replace(/\/\/\S*@/g, '//[redacted]@').replace(/(with args beginning with:)[^\n]*/g, '$1 [redacted]');

/** An error's message, without secrets. */
export function errorMessage(error: unknown): string {
  if (!isError(error)) return withoutSecrets(String(error));
  const { message, errors } = error as DriverError;
  // Node has no message for a name none of whose addresses answers.
  return withoutSecrets(message === '' && Array.isArray(errors) ? errors.map(errorMessage).join('; ') : message);
}

/** An error's name and message, without secrets. */
export const describeError = (error: unknown): string =>
  isError(error) ? `${error.name}: ${errorMessage(error)}` : errorMessage(error);

/**
 * What a log shows of an error: drivers keep commands with passwords in fields of their own. The stack is left out where
 * the cause is known to be elsewhere.
 */
export function errorFields(error: unknown, depth = 0): Record<string, unknown> {
  if (!isError(error)) return { message: errorMessage(error) };
  const { name: type, cause, code, stack = '' } = error as DriverError;
  return {
    type,
    message: errorMessage(error),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(!isUnreachable(error) && type !== 'HttpError' && { stack: withoutSecrets(stack) }),
    ...(cause !== undefined && depth < 4 && { cause: errorFields(cause, depth + 1) }),
  };
}

/** Whether MongoDB refused a write because a document with the same unique key is there. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 11000;
