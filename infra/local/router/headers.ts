import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

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

/** What only the router may say: a client that sends these is trying to be somebody else. */
const saidByRouter = /^(?:forwarded|x-forwarded-.*|x-real-ip)$/;

const wellFormedId = /^[\w-]{8,64}$/;

/**
 * The headers that a request takes to its target: the client's own, without those of the connection and those that
 * only the router may set, plus who the client is (exactly one hop) and a request id.
 */
export function requestHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const own = Object.entries(endToEnd(request.rawHeaders, request.headers.connection));
  const { host, 'x-request-id': id, 'transfer-encoding': encoding } = request.headers;
  return {
    ...Object.fromEntries(own.filter(([name]) => !saidByRouter.test(name))),
    ...(host !== undefined && { host, 'x-forwarded-host': host }),
    'x-forwarded-for': request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown',
    'x-forwarded-proto': 'http',
    'x-request-id': typeof id === 'string' && wellFormedId.test(id) ? id : randomUUID(),
    ...(encoding !== undefined && { 'transfer-encoding': 'chunked' }),
  };
}

/** The headers of an answer (or of a request) that are not about the connection; repeated ones stay repeated. */
export function endToEnd(rawHeaders: readonly string[], connection = ''): Record<string, string | string[]> {
  const named = connection.toLowerCase().split(/\s*,\s*/);
  const kept = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (hopByHop.has(name) || named.includes(name)) continue;
    kept.set(name, [...(kept.get(name) ?? []), rawHeaders[i + 1] ?? '']);
  }
  return Object.fromEntries(
    [...kept].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
