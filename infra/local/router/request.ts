import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The options that a client may name in `Connection`. Anything else would have one of the request's headers removed. */
const connectionOptions = new Set(['close', 'keep-alive', 'upgrade', 'http2-settings', 'te', '']);

/** Hop-by-hop headers (RFC 9110, 7.6.1), which a proxy does not forward. The proxy library handles framing. */
export const hopByHop = [
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
];

const wellFormedId = /^[\w-]{8,64}$/;

/** Why a request is refused, as a sentence for its sender; undefined when it may be forwarded. */
export function refusal({ url = '', headers: { connection = '' } }: IncomingMessage): string | undefined {
  if (!url.startsWith('/')) return 'The address of a request must begin with a slash.';
  // Split, not matched: a regular expression that allows for spaces takes quadratic time on a long header.
  const named = connection.split(',').map((option) => option.trim().toLowerCase());
  if (!named.every((option) => connectionOptions.has(option)))
    return 'The header Connection may name close, keep-alive, upgrade and te only.';
  return undefined;
}

/** The path and query of a request's target, which may also be absolute: `GET http://host/path`. */
export const originForm = (url: string): string =>
  url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*(?=\/|$)/i, '') || '/';

/**
 * Rewrites the headers of a request for its target: removes hop-by-hop headers and those that only a proxy may set, and
 * adds the visitor's address, scheme and host, as reported by the `trusted` proxies in front of this one. Returns the
 * request's id: the client's own if it is well formed, else a new one.
 */
export function readyToForward({ headers, socket }: IncomingMessage, trusted: number): string {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const addresses = [...list(headers['x-forwarded-for']), peer].slice(-1 - trusted);
  const schemes = [...list(headers['x-forwarded-proto']), 'http'].slice(-1 - trusted);
  const host = trusted > 0 ? (list(headers['x-forwarded-host'])[0] ?? headers.host) : headers.host;
  const id = headers['x-request-id'];
  const requestId = typeof id === 'string' && wellFormedId.test(id) ? id : randomUUID();

  for (const name of hopByHop) Reflect.deleteProperty(headers, name);
  for (const name of Object.keys(headers))
    if (name.startsWith('x-forwarded-') || name === 'x-real-ip' || name === 'forwarded')
      Reflect.deleteProperty(headers, name);

  // The visitor's alone: behind this router everybody trusts one proxy, however many are in front of it.
  headers['x-forwarded-for'] = addresses[0] ?? peer;
  headers['x-forwarded-proto'] = schemes[0] === 'https' ? 'https' : 'http';
  if (host !== undefined) headers['x-forwarded-host'] = host;
  headers['x-request-id'] = requestId;
  return requestId;
}

function list(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
