// Matched by name, so that this package does not load a driver that a service does not use.
const UNREACHABLE = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoClientClosedError',
  'MongoStalePrimaryError',
  'MongoOperationTimeoutError',
  'MongoWaitQueueTimeoutError',
  'MongoWriteConcernError',
  'MongooseServerSelectionError',
  'MongooseError',
  'MaxRetriesPerRequestError',
  'StoreUnavailableError',
]);
/**
 * Codes with which MongoDB reports that it is shutting down, that another member has become the primary, that a time limit has
 * passed, or that one of its own servers is unreachable.
 */
const UNREACHABLE_MONGO_CODES = new Set<unknown>([
  ...[6, 7, 50, 89, 91, 133, 134, 189, 202, 262, 365],
  ...[9001, 10058, 10107, 11600, 11602, 13435, 13436],
]);
const UNREACHABLE_CODES = /^(ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)UNREACH|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)$/;

// Codes of Node and OpenSSL for a failed TLS handshake or certificate check, and of the NATS client for a TLS mismatch.
const REFUSED_CODES =
  /^(EPROTO|(NON_)?SECURE_CONN_REQ|CLIENT_CERT_REQ|OPENSSL_ERR|(ERR_TLS|ERR_SSL|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)_\w+)$/;
/** Codes of MongoDB: not authorized, authentication failed, and the same from Atlas. */
const REFUSED_MONGO_CODES: unknown[] = [13, 18, 8000];
/** Messages of Redis (login failed, no database of that number) and of NATS (login failed, no TLS). */
const REFUSED_MESSAGES =
  /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|invalid password|Client sent AUTH|Protocol error: unauth|DB index|invalid DB)|'?(Authorization|User Auth|Authentication)|server does not support 'tls')/i;
const REFUSING = ['ReplyError', 'NatsError', 'AuthorizationError', 'ConnectionError'];

/** A store is unavailable. Thrown by our own code; the same operation may succeed later. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}

/** Whether an error means that a store or server is unavailable, so that the same operation may succeed later. */
export function isUnreachable(error: unknown): boolean {
  if (!isError(error)) return false;
  const { code } = error as DriverError;
  return (
    UNREACHABLE.has(error.name) ||
    UNREACHABLE_CODES.test(String(code)) ||
    isFailedBulk(error) ||
    (/^Mongo(Server|BulkWrite)Error$/.test(error.name) && UNREACHABLE_MONGO_CODES.has(code)) ||
    isRefused(error)
  );
}

/** Whether a bulk write failed as a whole, not by one of its writes: its error hides the error of the connection. */
const isFailedBulk = ({ name, writeErrors }: DriverError): boolean =>
  name === 'MongoBulkWriteError' && Array.isArray(writeErrors) && writeErrors.length === 0;

/** Whether a store or server refuses the connection itself: wrong password, TLS missing or unexpected, or invalid certificate. */
export const isRefused = (error: unknown): boolean =>
  causesOf(error).some(
    ({ name, message, code }) =>
      REFUSED_CODES.test(String(code)) ||
      (name === 'MongoServerError' && REFUSED_MONGO_CODES.includes(code)) ||
      (REFUSING.includes(name) && REFUSED_MESSAGES.test(message)),
  );

/** `instanceof` misses errors of another realm, such as those of Node within Jest. */
const isError = (value: unknown): value is Error =>
  value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';

/** What was thrown, as an error: some clients report errors as strings. */
export const asError = (thrown: unknown): Error => (isError(thrown) ? thrown : new Error(String(thrown)));

interface DriverError extends Error {
  code?: unknown;
  /** The writes that failed, in errors of bulk writes. */
  writeErrors?: unknown;
  /** The cause, in errors of the NATS client. */
  chainedError?: unknown;
  /** The state of each server, in errors of the MongoDB driver. */
  reason?: { servers?: Map<string, { error?: unknown }> } | null;
  /** One error for each address, when Node has tried several. */
  errors?: unknown;
}

/** An error and its causes, wherever the drivers keep them. */
function causesOf(error: unknown, depth = 0): DriverError[] {
  if (!isError(error) || depth > 4) return [];
  const { cause, chainedError, reason, errors } = error as DriverError;
  const servers = reason?.servers instanceof Map ? [...reason.servers.values()].map((server) => server.error) : [];
  const inner = [cause, chainedError, ...servers, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return [error, ...inner.flatMap((one) => causesOf(one, depth + 1))];
}

/** Redacts users and passwords in URLs, and the arguments that Redis repeats of an unknown command. */
const withoutSecrets = (text: string): string =>
  text.replace(/\/\/\S*@/g, '//[redacted]@').replace(/(with args beginning with:)[^\n]*/g, '$1 [redacted]');

/** An error's message, with secrets redacted. */
export function errorMessage(error: unknown): string {
  if (!isError(error)) return withoutSecrets(String(error));
  const { message, errors } = error as DriverError;
  // When every address of a host name fails, Node throws an AggregateError without a message.
  return withoutSecrets(message === '' && Array.isArray(errors) ? errors.map(errorMessage).join('; ') : message);
}

/** An error's name and message, with secrets redacted. */
export const describeError = (error: unknown): string =>
  isError(error) ? `${error.name}: ${errorMessage(error)}` : errorMessage(error);

/**
 * The loggable fields of an error: only these, because drivers keep commands with passwords in other fields. There is no
 * stack where it would not lead to the cause.
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

/** Describes in one line what is wrong with a value that does not have its shape: each path with its problem. */
export const describeIssues = (error: { issues: { path: PropertyKey[]; message: string }[] }): string =>
  error.issues.map((issue) => `${issue.path.join('.') || '(all of it)'}: ${issue.message}`).join('; ');
