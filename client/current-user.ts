import http from 'node:http';
import https from 'node:https';
import { json } from 'node:stream/consumers';
import { currentTraceparent } from '@ticketing/runtime/tracing';
import { sessionCookie } from './src/lib/session-cookie.ts';

/** As for every other read of the API (src/api/http.ts). */
const TIMEOUT_MS = 4_000;

/**
 * Returns a function that asks the API at `apiUrl` who a session belongs to, given a Cookie header: the email address, undefined
 * without a session. The function throws when auth is down.
 */
export function currentUserReader(apiUrl: string): (cookies: string) => Promise<string | undefined> {
  const { Agent, request } = apiUrl.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true });
  return (cookies) =>
    new Promise((resolve, reject) => {
      const cookie = sessionCookie(cookies);
      if (cookie === undefined) {
        resolve(undefined);
        return;
      }
      const traceparent = currentTraceparent();
      const outgoing = request(`${apiUrl}/api/users/currentuser`, {
        agent,
        headers: { Accept: 'application/json', Cookie: cookie, ...(traceparent !== undefined && { traceparent }) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        json(incoming).then((answer) => {
          if (incoming.statusCode === 200) resolve(emailIn(answer));
          else reject(new Error(`auth answered with ${String(incoming.statusCode)}`));
        }, reject);
      });
      outgoing.end();
    });
}

function emailIn(answer: unknown): string | undefined {
  const { currentUser } = answer as { currentUser?: { email?: unknown } | null };
  return typeof currentUser?.email === 'string' ? currentUser.email : undefined;
}
