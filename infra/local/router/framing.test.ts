import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { createRouter } from './router.ts';

/** A request that an attacker wants to smuggle past the router as another visitor's. */
const inner = 'GET /inner HTTP/1.1\r\nHost: a\r\nCookie: stolen=1\r\n\r\n';
const size = inner.length;
const chunked = `${size.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;

const length = (value: string | number) => `Content-Length: ${value}\r\n`;
const encoding = (value: string) => `Transfer-Encoding: ${value}\r\n`;
const connection = (value: string) => `Connection: ${value}\r\n`;

/** Headers and body of a request, after its first line and its Host. */
type Framing = [headers: string, body: string];

const framings: Framing[] = [
  // Plain ones, which must pass.
  ['', ''],
  [length(size), inner],
  [encoding('chunked'), chunked],
  // A body that is not announced: a second request of the same client.
  ['', inner],
  [length(0), inner],
  // Lengths: twice, contradicting, odd.
  ...[
    '0',
    '1',
    '5',
    `${size}`,
    '-1',
    '+5',
    '0x5',
    '5,5',
    '5, 6',
    '05',
    '5 ',
    'abc',
    '',
    '1e1',
    '99999999999999999999',
    '5;a',
  ].flatMap((other): Framing[] => [
    [length(other), inner],
    [length(size) + length(other), inner],
    [length(other) + length(size), inner],
  ]),
  // A length beside an encoding, in either order.
  [length(size) + encoding('chunked'), chunked],
  [encoding('chunked') + length(size), chunked],
  [length(5) + encoding('chunked'), `0\r\n\r\n${inner}`],
  [encoding('chunked') + length(5), `0\r\n\r\n${inner}`],
  // Encodings that a lenient parser accepts as chunked.
  ...[
    'Chunked',
    ' chunked',
    'chunked ',
    'xchunked',
    'chunkedx',
    'chunked, identity',
    'identity, chunked',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'chunked;a=b',
    '"chunked"',
    'chun\tked',
    '\u000bchunked',
    '\tchunked',
    '',
  ].flatMap((value): Framing[] => [
    [encoding(value), chunked],
    [encoding(value) + length(size), inner],
    [encoding(value), inner],
  ]),
  [encoding('chunked') + encoding('identity'), chunked],
  [encoding('identity') + encoding('chunked'), chunked],
  // Names and lines that parsers interpret differently.
  ...[
    'Content-Length : 5',
    'Content-Length\t: 5',
    ' Content-Length: 5',
    'Content_Length: 5',
    'Content-Length:5\n',
    'X: 1\r\n Content-Length: 5',
    'Content-Length:\r\n 5',
    'X\0: 1',
    'X: a\rContent-Length: 5',
  ].map((line): Framing => [`${line}\r\n`, inner]),
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    ' Transfer-Encoding: chunked',
    'Transfer_Encoding: chunked',
    'X: 1\r\n Transfer-Encoding: chunked',
    'Transfer-Encoding:\r\n chunked',
    'X: a\nTransfer-Encoding: chunked',
  ].map((line): Framing => [`${line}\r\n`, chunked]),
  // Framing headers that are named as hop-by-hop.
  ...[
    'content-length',
    'Content-Length, close',
    'keep-alive, content-length',
    'transfer-encoding',
    'close, Transfer-Encoding',
    'host',
    'cookie',
    'x-forwarded-for',
    'upgrade, content-length',
    'content-length;x',
    `${' '.repeat(8000)}content-length`,
  ].flatMap((value): Framing[] => [
    [connection(value) + length(size), inner],
    [connection(value) + encoding('chunked'), chunked],
    [connection('keep-alive') + connection(value) + length(size), inner],
  ]),
  // Chunks.
  ...['0x5', '5 ', ' 5', '-5', '5;a\n', '5;a="\r\n"', 'fffffffffffffffff', '', 'g', `${size.toString(16)}\n`].map(
    (line): Framing => [encoding('chunked'), `${line}\r\n${inner}\r\n0\r\n\r\n`],
  ),
  [encoding('chunked'), `${size.toString(16)}\r\n${inner}0\r\n\r\n`],
  [encoding('chunked'), `${size.toString(16)}\n${inner}\n0\n\n`],
  [encoding('chunked'), `0\r\nContent-Length: ${size}\r\n\r\n${inner}`],
  [encoding('chunked'), `0\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`],
  [`Trailer: Content-Length\r\n${encoding('chunked')}`, `0\r\nContent-Length: ${size}\r\n\r\n`],
  // Offers to upgrade, with a body or with another request behind them.
  ...['websocket', 'h2c', 'TLS/1.0', 'HTTP/2.0, websocket'].flatMap((protocol): Framing[] => [
    [`${connection('Upgrade')}Upgrade: ${protocol}\r\n`, inner],
    [`${connection('Upgrade')}Upgrade: ${protocol}\r\n${length(size)}`, inner],
    [`${connection('Upgrade, HTTP2-Settings')}Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n`, inner],
    [`${connection('Upgrade')}Upgrade: ${protocol}\r\n${encoding('chunked')}`, chunked],
  ]),
  // Expectations.
  [`Expect: 100-continue\r\n${length(size)}`, inner],
  [`Expect: 100-continue\r\n`, inner],
  [`Expect: anything\r\n${length(size)}`, inner],
  [`Expect: 100-continue\r\n${encoding('chunked')}`, chunked],
  // Incomplete bodies.
  [length(size + 100), inner],
  [encoding('chunked'), `${size.toString(16)}\r\n${inner}`],
  [encoding('chunked'), `${(size * 2).toString(16)}\r\n${inner}`],
  // Hosts.
  ['Host: b\r\n', ''],
  [`X-Forwarded-Host: b\r\n${length(size)}`, inner],
  ['Proxy-Connection: content-length\r\n', inner],
  [`Keep-Alive: timeout=1\r\n${length(size)}`, inner],
  [`TE: trailers, chunked\r\n${length(size)}`, inner],
];

/** What follows the method in the first line. */
const firstLines = (method: string): string[] =>
  ['GET', 'POST'].includes(method)
    ? ['/probe HTTP/1.1', '/probe HTTP/1.0', 'http://other/probe HTTP/1.1']
    : ['/probe HTTP/1.1'];

/** The requests that the router accepted, and those that the service behind it received. */
let accepted: string[];
let received: { id: unknown; forwardedFor: unknown; url: string | undefined }[];
let upstream: http.Server;
let router: http.Server;
let port: number;

const listening = (server: http.Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });

beforeAll(async () => {
  [accepted, received] = [[], []];
  // Lenient: it is fooled by whatever could fool some parser.
  upstream = http.createServer({ insecureHTTPParser: true }, (request, response) => {
    received.push({
      id: request.headers['x-request-id'],
      forwardedFor: request.headers['x-forwarded-for'],
      url: request.url,
    });
    request.resume();
    response.end(request.url);
  });
  router = createRouter({
    routes: [{ prefix: '/', targets: [{ hostname: '127.0.0.1', port: await listening(upstream) }] }],
  });
  router.prependListener('request', (request: http.IncomingMessage) => accepted.push(request.url ?? ''));
  port = await listening(router);
});

afterAll(() => {
  for (const server of [router, upstream]) {
    server.closeAllConnections();
    server.close();
  }
});

/** A quiet span is not always a long one: after a stall of this process its timers come before what has arrived since. */
const QUIET = { spanMs: 20, spans: 8 };

/** Sends bytes and returns the response; hangs up after some spans of time without data. */
function probe(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    let spans = 0;
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setTimeout(QUIET.spanMs);
    socket.on('timeout', () => {
      if (++spans < QUIET.spans) socket.setTimeout(QUIET.spanMs);
      else socket.destroy();
    });
    socket.on('data', (chunk) => {
      spans = 0;
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
  });
}

async function forEach<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
    }),
  );
}

describe('one accepted request is at most one forwarded request', () => {
  it.each(http.METHODS.filter((method) => method !== 'CONNECT'))('for %s in every framing', async (method) => {
    expect(framings.length).toBeGreaterThan(150);
    const before = { accepted: accepted.length, received: received.length };
    const probes = framings.flatMap(([headers, body]) =>
      firstLines(method).map((line) => `${method} ${line}\r\nHost: a\r\n${headers}\r\n${body}`),
    );
    await forEach(probes, 128, (bytes) => probe(bytes));
    // A later visitor, whose request may reuse a connection to the service, gets the response to that request.
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => (await fetch(`http://127.0.0.1:${port}/visitor/${i}`)).text()),
    );
    expect(answers).toEqual(answers.map((_, i) => `/visitor/${i}`));

    const out = received.slice(before.received);
    expect(out.length).toBeGreaterThan(20);
    expect(out.length).toBeLessThanOrEqual(accepted.length - before.accepted);
    expect(new Set(out.map(({ id }) => id)).size).toBe(out.length);
    expect(out.filter(({ id, forwardedFor }) => typeof id !== 'string' || forwardedFor !== '127.0.0.1')).toEqual([]);
  });

  it('for CONNECT, which is never forwarded', async () => {
    await probe(`CONNECT connect.example:443 HTTP/1.1\r\nHost: a\r\n\r\n${inner.replace('/inner', '/behind-connect')}`);
    expect(received.filter(({ url = '' }) => url.includes('connect'))).toEqual([]);
  });
});
