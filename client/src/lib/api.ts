import axios from 'axios';
import { apiUrl } from './config.ts';
import type { Problem } from './types.ts';

export type Answer<T> =
  | { ok: true; status: number; data: T; setCookie?: string[] }
  /** `retryAfter` is in seconds. A service that is down or too slow is a 503. */
  | { ok: false; status: number; problems: Problem[]; retryAfter?: number };

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

// A page must be shown, with what works, before a visitor gives up; a payment may wait for a bank.
const READ_LIMIT_MS = 4_000;
const WRITE_LIMIT_MS = 20_000;

const SESSION_COOKIES = new Set(['session', 'session.sig']);

/** The sign-in cookie out of a Cookie header, as the API set it, and nothing else of it; undefined when signed out. */
export function sessionCookie(header: string | null): string | undefined {
  const kept = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => SESSION_COOKIES.has(pair.slice(0, Math.max(0, pair.indexOf('=')))))
    // Next encodes cookies when it follows a server action's redirect by itself. What is signed is base64 as it was.
    .map((pair) => pair.replaceAll(/%3D/gi, '=').replaceAll(/%2B/gi, '+').replaceAll(/%2F/gi, '/'));
  return kept.length > 0 ? kept.join('; ') : undefined;
}

/**
 * Calls a service through the router, with a time limit. Never throws for a service that is down: that becomes a 503 with
 * the code `service-unavailable`.
 */
export async function callApi<T>(
  method: Method,
  path: string,
  { cookie, body }: { cookie?: string | undefined; body?: unknown } = {},
): Promise<Answer<T>> {
  try {
    const response = await axios.request<unknown>({
      method,
      url: apiUrl() + path,
      data: body,
      headers: { Accept: 'application/json', ...(cookie === undefined ? {} : { Cookie: cookie }) },
      timeout: method === 'GET' ? READ_LIMIT_MS : WRITE_LIMIT_MS,
      maxRedirects: 0,
      maxContentLength: 4_000_000,
      // The API is ours and near: a proxy set for the outside world must not see the visitors' cookies.
      proxy: false,
      validateStatus: () => true,
    });
    const { status, data } = response;
    if (status >= 200 && status < 300) {
      const setCookie = response.headers['set-cookie'];
      return { ok: true, status, data: data as T, ...(setCookie ? { setCookie } : {}) };
    }
    // 503 is the only failure with details, such as a payment in progress. The others mean nothing to a visitor.
    if (status >= 500) return { ok: false, status: 503, problems: status === 503 ? problemsIn(data, DOWN) : [DOWN] };
    const retryAfter = Number(response.headers['retry-after']);
    return {
      ok: false,
      status,
      problems: problemsIn(data),
      ...(Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfter } : {}),
    };
  } catch (error) {
    if (axios.isAxiosError(error)) return unavailable();
    throw error;
  }
}

const DOWN: Problem = { code: 'service-unavailable', message: 'The service is unavailable.' };
const REFUSED: Problem = { code: 'unknown', message: 'The request was refused.' };

const unavailable = (): Answer<never> => ({ ok: false, status: 503, problems: [DOWN] });

function problemsIn(data: unknown, otherwise: Problem = REFUSED): Problem[] {
  const errors = (data as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) && errors.length > 0 ? (errors as Problem[]) : [otherwise];
}
