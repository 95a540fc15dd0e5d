import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { readConfig as readRouterConfig } from '../../infra/local/router/config.ts';
import { createHttp, READ_TIMEOUT_MS, upload, withQuery, WRITE_TIMEOUT_MS } from '../src/api/http.ts';
import { getOrder } from '../src/api/orders.ts';
import { listTicket, listTickets } from '../src/api/tickets.ts';

let server: Server;
let baseUrl: string;
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let asked: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders };

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method, url, headers } = request;
    asked = { method, url, headers };
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  answer = (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
};

const conflict = { code: 'ticket-sold', message: 'Sold.' };

describe('createHttp', () => {
  it('sends the given cookie, request id and visitor address', async () => {
    answering(200, { tickets: [], next: null });
    const http = createHttp({ baseUrl, cookie: 'session=a', requestId: 'r1', visitorAddress: '2001:db8::1' });
    expect(await listTickets(http, { sort: 'price', limit: 24 })).toEqual({
      ok: true,
      status: 200,
      data: { tickets: [], next: null },
    });
    expect(asked).toMatchObject({
      method: 'GET',
      url: '/api/tickets?sort=price&limit=24',
      headers: { cookie: 'session=a', 'x-request-id': 'r1', 'x-forwarded-for': '2001:db8::1' },
    });
  });

  it('returns the problems of a refusal, with a known outcome', async () => {
    answering(409, { errors: [conflict] }, { 'Retry-After': '7' });
    expect(await createHttp({ baseUrl })('POST', '/x', {})).toEqual({
      ok: false,
      status: 409,
      problems: [conflict],
      retryAfter: 7,
      isOutcomeUnknown: false,
    });
  });

  it('keeps the details of a 503 that has its own code', async () => {
    answering(503, { errors: [{ code: 'payment-pending', message: 'Pending.' }] });
    expect(await createHttp({ baseUrl })('POST', '/x', {})).toMatchObject({
      status: 503,
      problems: [{ code: 'payment-pending' }],
      isOutcomeUnknown: false,
    });
  });

  it.each([
    ['a 500', 500, { errors: [{ code: 'internal-error', message: 'secret' }] }],
    ['a 502 of something in front', 502, '<html>'],
    ['a 503 of a store that is down', 503, { errors: [{ code: 'store-unavailable', message: 'Down.' }] }],
    ['a 504 of the router', 504, { errors: [{ code: 'service-timeout', message: 'Late.' }] }],
  ])('calls the outcome unknown after %s', async (_name, status, body) => {
    answering(status, body);
    const failed = await createHttp({ baseUrl })('POST', '/x', {});
    expect(failed).toMatchObject({ ok: false, status: 503, isOutcomeUnknown: true });
    expect(JSON.stringify(failed)).not.toContain('secret');
  });

  it('reports an unknown outcome when the connection is lost', async () => {
    answer = (response) => {
      response.destroy();
    };
    const lost = { ok: false, status: 503, problems: [{ code: 'service-unavailable' }], isOutcomeUnknown: true };
    expect(await createHttp({ baseUrl })('POST', '/x', {})).toMatchObject(lost);
  });

  it.each(['http://127.0.0.1:1', 'http://host.invalid'])(
    'knows that nothing was sent to %s, which never connected',
    async (nowhere) => {
      const unsent = { ok: false, status: 503, problems: [{ code: 'not-sent' }], isOutcomeUnknown: false };
      expect(await createHttp({ baseUrl: nowhere })('POST', '/x', {})).toMatchObject(unsent);
    },
  );

  it('sends an idempotency key, and reports an unknown outcome while the first request with it is running', async () => {
    answering(409, { errors: [{ code: 'idempotency-in-progress', message: 'Running.' }] }, { 'Retry-After': '3' });
    expect(await listTicket(createHttp({ baseUrl }), {} as never, 'k1')).toMatchObject({
      status: 409,
      isOutcomeUnknown: true,
    });
    expect(asked.headers).toMatchObject({ 'idempotency-key': 'k1' });
    answering(409, { errors: [conflict] });
    expect(await listTicket(createHttp({ baseUrl }), {} as never)).toMatchObject({ isOutcomeUnknown: false });
    expect(asked.headers).not.toHaveProperty('idempotency-key');
  });

  it('does not follow a redirect, and adds a problem to a refusal without any', async () => {
    answering(302, {}, { Location: '/elsewhere' });
    expect(await createHttp({ baseUrl })('GET', '/x')).toMatchObject({ status: 302, problems: [{ code: 'unknown' }] });
  });

  it('encodes ids in paths', async () => {
    answering(404, {});
    await getOrder(createHttp({ baseUrl }), '../users/currentuser');
    expect(asked.url).toBe('/api/orders/..%2Fusers%2Fcurrentuser');
  });
});

describe('upload', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** Starts to send a file on a clock that stands still. */
  function start(contentLength: string) {
    const body = new PassThrough();
    const answered = upload({ baseUrl }, '/x', { body, contentType: 'application/pdf', contentLength });
    return { body, answered };
  }

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('takes as long as the file needs to arrive', async () => {
    let received = 0;
    answer = (response, request) => {
      request.on('data', ({ length }: Buffer) => (received += length));
      request.on('end', () => response.writeHead(201, { 'Content-Type': 'application/json' }).end('{}'));
    };
    const { body, answered } = start('5');
    for (let sent = 1; sent <= 5; sent++) {
      body.write('x');
      while (received < sent) await turn();
      jest.advanceTimersByTime(WRITE_TIMEOUT_MS - 1000);
    }
    body.end();
    expect(await answered).toMatchObject({ ok: true, status: 201 });
  });

  it('has an unknown outcome when there is no answer for as long as a write may take', async () => {
    const { promise: arrived, resolve: hasArrived } = Promise.withResolvers<undefined>();
    answer = (_response, request) => {
      request.on('end', () => {
        hasArrived(undefined);
      });
      request.resume();
    };
    const { body, answered } = start('1');
    body.end('x');
    await arrived;
    await turn();
    jest.advanceTimersByTime(WRITE_TIMEOUT_MS);
    expect(await answered).toMatchObject({ ok: false, status: 503, isOutcomeUnknown: true });
  });
});

it('a page gives up a write in time to be rendered before the router gives up the page', () => {
  const routerMs = readRouterConfig().ROUTER_TIMEOUT_SECONDS * 1000;
  expect(WRITE_TIMEOUT_MS + READ_TIMEOUT_MS).toBeLessThan(routerMs);
});

describe('withQuery', () => {
  it('omits undefined values', () => {
    expect(withQuery('/x', { a: 1, b: undefined, c: 'ü&' })).toBe('/x?a=1&c=%C3%BC%26');
    expect(withQuery('/x', {})).toBe('/x');
  });
});
