import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Headers about one connection only (RFC 9110, 7.6.1). `transfer-encoding` is set anew where it is needed, and an
 * `expect` has been answered by Node.
 */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What only the router may say (a client that sends these is trying to be somebody else), and what it says once. */
const saidByRouter = new Set(['forwarded', 'host', 'x-real-ip', 'x-request-id']);
const isSaidByRouter = (name: string): boolean => saidByRouter.has(name) || name.startsWith('x-forwarded-');

const wellFormedId = /^[\w-]{8,64}$/;

/** The client's own id of its request when it is well formed, else a new one. */
export function requestIdOf({ headers: { 'x-request-id': id } }: IncomingMessage): string {
  return typeof id === 'string' && wellFormedId.test(id) ? id : randomUUID();
}

/**
 * The headers that a request takes to its target, names and values in turns as Node has them raw: the client's own,
 * without those of the connection and those that only the router may set, plus who the client is (exactly one hop) and
 * the request's id.
 */
export function requestHeaders(request: IncomingMessage, requestId: string): string[] {
  const { host, connection, 'transfer-encoding': encoding } = request.headers;
  const headers = endToEnd(request.rawHeaders, connection, isSaidByRouter);
  if (host !== undefined) headers.push('host', host, 'x-forwarded-host', host);
  headers.push('x-forwarded-for', request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown');
  headers.push('x-forwarded-proto', 'http', 'x-request-id', requestId);
  if (encoding !== undefined) headers.push('transfer-encoding', 'chunked');
  return headers;
}

/** Raw headers of an answer (or of a request) that are not about the connection, without those that `isLeftOut` names. */
export function endToEnd(
  rawHeaders: readonly string[],
  connection = '',
  isLeftOut: (name: string) => boolean = () => false,
): string[] {
  const named = connection.toLowerCase().split(/\s*,\s*/);
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.includes(lower) && !isLeftOut(lower)) kept.push(name, value);
  }
  return kept;
}
