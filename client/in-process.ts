import { createServer, request } from 'node:http';
import type { RequestListener } from 'node:http';
import { duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** The response to a request of this process to itself. */
export interface InProcessResponse {
  status: number;
  /** Names in lower case; a name that occurs twice has two entries. */
  headers: [name: string, value: string][];
  body: Buffer;
}

/** As for every other request: the router ends one after 30 s. */
const TIMEOUT_MS = 20_000;

/**
 * Returns a function that sends a GET request to `handle` as HTTP without a network, with no headers but those that are given.
 * The function throws when the connection breaks or no complete response arrives within 20 s.
 */
export function inProcess(
  handle: RequestListener,
): (path: string, headers: Record<string, string>) => Promise<InProcessResponse> {
  const server = createServer(handle);
  return (path, headers) =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        path,
        headers: { Host: 'localhost', ...headers },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        createConnection: () => {
          const [ours, theirs] = duplexPair();
          server.emit('connection', theirs);
          return ours;
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        buffer(incoming).then((body) => {
          resolve({ status: incoming.statusCode ?? 0, headers: pairs(incoming.rawHeaders), body });
        }, reject);
      });
      outgoing.end();
    });
}

function pairs(raw: string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    found.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '']);
  return found;
}
