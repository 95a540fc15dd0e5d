import type { Readable } from 'node:stream';
import axios, { type AxiosRequestConfig } from 'axios';
import type { Problem } from './types.ts';

export interface Success<T> {
  ok: true;
  status: number;
  data: T;
  setCookie?: string[];
}

export interface Failure {
  ok: false;
  /** The API's status; 503 for every 5xx and for a lost connection. */
  status: number;
  problems: Problem[];
  /** Seconds to wait before the next try. */
  retryAfter?: number;
  /**
   * True when nobody knows whether the request was carried out: the API is down or too slow, or the connection was lost. Otherwise it
   * was refused, or, with the code `not-sent`, never left.
   */
  isOutcomeUnknown: boolean;
}

export type Answer<T> = Success<T> | Failure;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * Calls the API; only the modules of this folder call it with a path and a type. `key` is the idempotency key of a POST: the same
 * request may be sent again with the same key and is carried out once.
 */
export type Http = <T>(method: Method, path: string, body?: object, key?: string) => Promise<Answer<T>>;

export interface HttpOptions {
  /** Where the router of the API is; empty in a browser, which calls the site it is on. */
  baseUrl: string;
  /** The Cookie header to send; a browser sends its own. */
  cookie?: string | undefined;
  /** The same for everything that one request of a visitor reads and sends. */
  requestId?: string | undefined;
  /** The span of the request that a page is rendered for, which the page server has begun if tracing is on (../../server.ts). */
  traceparent?: string | undefined;
  /** The visitor's address, which the API believes from this server. */
  visitorAddress?: string | undefined;
}

/**
 * How long an answer is waited for. A page must appear, without the parts that are down, before a visitor leaves; a payment may wait
 * for a bank. What is in front of the pages waits longer than for a write and the reads of the page after it: otherwise it would tell,
 * in our place, what nobody knows.
 */
export const READ_TIMEOUT_MS = 4_000;
export const WRITE_TIMEOUT_MS = 20_000;

/**
 * Creates a client of the API with time limits. An API that is down is not thrown but returned: a failure with status 503 and an
 * unknown outcome.
 */
export const createHttp =
  (options: HttpOptions): Http =>
  (method, path, body, key) =>
    request(options, path, {
      method,
      data: body,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
      timeout: method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS,
    });

/**
 * Sends the body of a form with a file as it arrives. Answers as `createHttp` does. The time limit is for silence: the file may take as
 * long as the visitor's connection needs, for which our servers have a limit.
 */
export async function upload<T>(
  options: HttpOptions,
  path: string,
  { body, contentType, contentLength }: { body: Readable; contentType: string; contentLength: string },
): Promise<Answer<T>> {
  const silence = new AbortController();
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = () => {
    clearTimeout(timer);
    // The last progress is reported late.
    if (isOver) return;
    timer = setTimeout(() => {
      silence.abort();
    }, WRITE_TIMEOUT_MS);
  };
  restart();
  try {
    return await request(options, path, {
      method: 'POST',
      data: body,
      headers: { 'Content-Type': contentType, 'Content-Length': contentLength },
      signal: silence.signal,
      onUploadProgress: restart,
    });
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

async function request<T>(
  { baseUrl, cookie, requestId, traceparent, visitorAddress }: HttpOptions,
  path: string,
  { headers: ownHeaders, ...config }: Omit<AxiosRequestConfig, 'headers'> & { headers?: Record<string, string> },
): Promise<Answer<T>> {
  try {
    const { status, data, headers } = await axios.request<unknown>({
      ...config,
      url: baseUrl + path,
      headers: {
        Accept: 'application/json',
        ...(cookie === undefined ? {} : { Cookie: cookie }),
        ...(requestId === undefined ? {} : { 'X-Request-Id': requestId }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(visitorAddress === undefined ? {} : { 'X-Forwarded-For': visitorAddress }),
        ...ownHeaders,
      },
      maxRedirects: 0,
      maxContentLength: 4_000_000,
      // The API is in the same network: a proxy for outside requests must not see the visitors' cookies.
      proxy: false,
      validateStatus: () => true,
    });
    if (status >= 300) return failure(status, data, Number(headers['retry-after']));
    const setCookie = headers['set-cookie'];
    return { ok: true, status, data: data as T, ...(setCookie ? { setCookie } : {}) };
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    return failure(503, NEVER_CONNECTED.has(error.code) ? { errors: [NOT_SENT] } : undefined);
  }
}

const DOWN: Problem = { code: 'service-unavailable', message: 'The service is unavailable.' };
const REFUSED: Problem = { code: 'unknown', message: 'The request was refused.' };

const NOT_SENT: Problem = { code: 'not-sent', message: 'The request was not sent.' };

/** Codes of errors before there is a connection. After every other error the request may have arrived. */
const NEVER_CONNECTED = new Set<string | undefined>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

const OUTCOME_UNKNOWN = new Set([
  ...['service-unavailable', 'service-timeout', 'store-unavailable'],
  // An earlier request with the same key is still running.
  'idempotency-in-progress',
]);

function failure(status: number, data: unknown, retryAfter = NaN): Failure {
  const isDown = status >= 500;
  // Only a 503 has details for a visitor, such as a payment in progress.
  const problems = isDown && status !== 503 ? [DOWN] : problemsIn(data, isDown ? DOWN : REFUSED);
  return {
    ok: false,
    status: isDown ? 503 : status,
    problems,
    ...(retryAfter > 0 && !isDown ? { retryAfter } : {}),
    isOutcomeUnknown: problems.some(({ code }) => OUTCOME_UNKNOWN.has(code)),
  };
}

function problemsIn(data: unknown, otherwise: Problem): Problem[] {
  const errors = (data as { errors?: unknown } | null | undefined)?.errors;
  return Array.isArray(errors) && errors.length > 0 ? (errors as Problem[]) : [otherwise];
}

/** A path with the values of a query that are defined. */
export function withQuery(path: string, query: object): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, string | number | undefined][])
    if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? path : `${path}?${params.toString()}`;
}
