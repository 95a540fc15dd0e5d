import { createHash, randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '@ticketing/runtime';
import { HttpError, badRequest, unprocessable } from '../errors.ts';

/** The request header by which a caller names a command, so that repeating it is harmless. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** The response header of an answer that was stored for an earlier request with the same key. */
export const IDEMPOTENCY_REPLAYED = 'Idempotency-Replayed';

export const MAX_KEY_LENGTH = 255;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** A request that is still running after this may be repeated, because its process may have crashed. */
const LOCK_MS = 10_000;

declare module 'express-serve-static-core' {
  interface Request {
    /** The id of the command that the request's idempotency key names: the same for each repetition. */
    commandId?: string;
  }
}

/** An answer to repeat. */
export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What is known of a key that a caller has sent to a route. */
export interface KeyRecord {
  id: string;
  /** Of what was sent with the key. */
  fingerprint: string;
  commandId: string;
  createdAt: Date;
  lockedUntil: Date;
  answer?: StoredAnswer;
}

/** The keys that callers have sent in the last day. Every write is atomic. */
export interface IdempotencyKeys {
  /** Inserts a record. Resolves to false when its id is taken. */
  insert(record: KeyRecord): Promise<boolean>;
  find(id: string): Promise<KeyRecord | null>;
  /** Renews a lock that has ended. Resolves to false when another request has renewed it first, or the answer is known. */
  lock(id: string, from: Date, until: Date): Promise<boolean>;
  /** Lets the next repetition run at once. */
  unlock(id: string): Promise<void>;
  /** Stores the answer, unless there is one. */
  answer(id: string, answer: StoredAnswer): Promise<void>;
}

/** The request's idempotency key, if there is one. Throws a 400 when it is malformed. */
export function idempotencyKey(req: Request): string | undefined {
  const key = req.get(IDEMPOTENCY_KEY);
  if (key !== undefined && (key.length > MAX_KEY_LENGTH || !VISIBLE_ASCII.test(key)))
    throw badRequest(
      'invalid-idempotency-key',
      `The key must have 1 to ${MAX_KEY_LENGTH} visible ASCII characters, without spaces.`,
      { field: IDEMPOTENCY_KEY },
    );
  return key;
}

/** Rejects a malformed idempotency key, for a route that is safe to repeat without a record of its keys. */
export const checkIdempotencyKey: RequestHandler = (req, _res, next) => {
  idempotencyKey(req);
  next();
};

export interface IdempotencyOptions {
  keys: IdempotencyKeys;
  log: Logger;
  now?: () => Date;
  /** What must be the same when a key is repeated, besides method, path and query; by default the parsed body. */
  contentOf?: (req: Request) => unknown;
}

/**
 * Makes a route idempotent by the Idempotency-Key header: the same request with the same key gets the first answer again. Put
 * it after `requireAuth` and rate limits, and before validation. The record precedes the effect, and the answer follows it: after a crash
 * in between the handler runs again, so its effect must be keyed by `req.commandId`. Answers 400 to a malformed key, 409 while
 * an earlier request with the key is running, and 422 when other content was sent with it.
 */
export function idempotent({
  keys,
  log,
  now = () => new Date(),
  contentOf = (req) => req.body as unknown,
}: IdempotencyOptions): RequestHandler {
  return async (req, res, next) => {
    const key = idempotencyKey(req);
    if (key === undefined) {
      next();
      return;
    }
    const id = digest([req.currentUser?.id, req.method, req.baseUrl + req.path, key]);
    const { commandId, answer } = await begin(keys, id, digest([req.query, contentOf(req)]), now);
    if (answer !== undefined) {
      res.status(answer.status).set(answer.headers).set(IDEMPOTENCY_REPLAYED, 'true').send(answer.body);
      return;
    }
    req.commandId = commandId;
    beforeEnd(res, async (body) => {
      try {
        if (isFinal(res.statusCode)) await keys.answer(id, { status: res.statusCode, headers: headersOf(res), body });
        else await keys.unlock(id);
      } catch (error) {
        log.warn({ err: error }, 'an answer could not be stored for its idempotency key; a repetition runs again');
      }
    });
    next();
  };
}

const digest = (value: unknown[]): string => createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/** An id whose first eight digits are the second in which it was made, as in the ids of MongoDB. */
const newCommandId = (at: Date): string =>
  Math.floor(at.getTime() / 1000)
    .toString(16)
    .padStart(8, '0') + randomBytes(8).toString('hex');

/** Locks a new key or one whose request was interrupted. Resolves to its record, which has the answer if there is one. */
async function begin(
  keys: IdempotencyKeys,
  id: string,
  fingerprint: string,
  now: () => Date,
): Promise<Pick<KeyRecord, 'commandId' | 'answer'>> {
  for (;;) {
    const at = now();
    const lockedUntil = new Date(at.getTime() + LOCK_MS);
    const record = { id, fingerprint, commandId: newCommandId(at), createdAt: at, lockedUntil };
    if (await keys.insert(record)) return record;
    const found = await keys.find(id);
    // Its day has ended since the attempt to insert it.
    if (found === null) continue;
    if (found.fingerprint !== fingerprint)
      throw unprocessable('idempotency-key-reused', 'Another request was sent with this key. Use a new key.', {
        field: IDEMPOTENCY_KEY,
      });
    if (found.answer !== undefined) return found;
    if (found.lockedUntil > at) throw inProgress(found.lockedUntil.getTime() - at.getTime());
    if (!(await keys.lock(id, found.lockedUntil, lockedUntil))) throw inProgress(0);
    return found;
  }
}

const inProgress = (leftMs: number): HttpError =>
  new HttpError(
    409,
    [{ code: 'idempotency-in-progress', message: 'An earlier request with this key is still running.' }],
    { 'Retry-After': String(Math.max(1, Math.ceil(leftMs / 1000))) },
  );

/**
 * Whether a status is the outcome of the command. After a 5xx the outcome is unknown; a 429 and a 402 ask the caller to do something
 * and to repeat the request.
 */
const isFinal = (status: number): boolean => status < 500 && status !== 429 && status !== 402;

/** The headers to repeat. Only these, so that no cookie is ever stored. */
const headersOf = (res: Response): Record<string, string> =>
  Object.fromEntries(
    ['Content-Type', 'Location', 'ETag'].flatMap((name) => {
      const value = res.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** Runs `task` with the body before the response is sent. The task must not fail. */
function beforeEnd(res: Response, task: (body: string) => Promise<void>): void {
  const end = res.end.bind(res) as (...rest: unknown[]) => Response;
  const delayed = (...rest: unknown[]): Response => {
    const [chunk] = rest;
    const body = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
    void task(body).then(() => end(...rest));
    return res;
  };
  res.end = delayed as Response['end'];
}
