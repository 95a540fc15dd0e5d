import { afterEach, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { eventually } from '@ticketing/core/testing';
import { closeServer } from '@ticketing/runtime/server';
import { register } from 'prom-client';
import { createRouter } from './router.ts';
import type { RouterOptions } from './router.ts';
import type { Target } from './routes.ts';

const opened: net.Server[] = [];
const sockets = new Set<net.Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: net.Server): Promise<Target> {
  opened.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { hostname: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A service that responds with the request that it got, and its name. */
const service = (name: string): Promise<Target> =>
  listen(
    http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.end(JSON.stringify({ name, url: request.url, headers: request.headers, body }));
      });
    }),
  );

/** A port at which no process listens. */
async function closedPort(): Promise<Target> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return { hostname: '127.0.0.1', port };
}

/** A service that resets the connection of each request, and counts them. */
async function resetsConnections(): Promise<{ target: Target; requests: () => number }> {
  let count = 0;
  const target = await listen(
    http.createServer((request) => {
      count++;
      request.socket.resetAndDestroy();
    }),
  );
  return { target, requests: () => count };
}

async function router(routes: Record<string, Target[]>, options: Partial<RouterOptions> = {}): Promise<string> {
  const table = Object.entries(routes).map(([prefix, targets]) => ({ prefix, targets }));
  const { port } = await listen(createRouter({ routes: table, ...options }));
  return `http://127.0.0.1:${port}`;
}

type Echo = { name: string; url: string; headers: Record<string, string | undefined>; body: string };
const echo = async (response: Response): Promise<Echo> => (await response.json()) as Echo;

/** Sends bytes unchanged and resolves with the whole response. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}

describe('router', () => {
  it('routes by the longest prefix, on segment boundaries', async () => {
    const url = await router({ '/': [await service('client')], '/api/tickets': [await service('tickets')] });
    const name = async (path: string) => (await echo(await fetch(url + path))).name;

    expect(await name('/api/tickets')).toBe('tickets');
    expect(await name('/api/tickets/7?x=1')).toBe('tickets');
    expect(await name('/api/tickets?x=/api/orders')).toBe('tickets');
    expect(await name('/api/ticketsX')).toBe('client');
    expect(await name('/api/ticket')).toBe('client');
    expect(await name('/')).toBe('client');
  });

  it('distributes requests over the processes of a service', async () => {
    const url = await router({ '/': [await service('one'), await service('two')] });
    const names = [];
    for (let i = 0; i < 4; i++) names.push((await echo(await fetch(url))).name);
    expect(names).toEqual(['one', 'two', 'one', 'two']);
  });

  it('forwards the path, the query, the body, the host and repeated headers unchanged', async () => {
    const url = await router({ '/': [await service('any')] });
    const response = await fetch(`${url}/a%20b?q=1&q=2`, { method: 'POST', body: 'x'.repeat(100_000) });
    const { url: path, body, headers } = await echo(response);
    expect(path).toBe('/a%20b?q=1&q=2');
    expect(body).toHaveLength(100_000);
    expect(headers['host']).toBe(new URL(url).host);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('forwards a POST without a body with a length of 0', async () => {
    const url = await router({ '/': [await service('any')] });
    const answer = await raw(url, 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('"content-length":"0"');
    expect(answer).not.toContain('transfer-encoding":');
  });

  it('forwards a long response completely to a slow reader', async () => {
    const long = 'x'.repeat(8_000_000);
    const target = await listen(http.createServer((_request, response) => response.end(long)));
    const response = await fetch(await router({ '/': [target] }));
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let received = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      received += chunk.value.length;
      await new Promise(setImmediate);
    }
    expect(received).toBe(long.length);
  });

  it("sets the client's address, scheme and host itself, against every claim of the client", async () => {
    const url = await router({ '/': [await service('any')] });
    const spoofed = {
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
    };
    const { headers } = await echo(await fetch(url, { headers: spoofed }));
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(url).host,
    });
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil/);
  });

  it('trusts the configured number of proxies about the visitor', async () => {
    const given = 'GET / HTTP/1.1\r\nHost: inner\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6, 2001:db8::1\r\n';
    const proto = 'X-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n\r\n';
    const seen = async (trustedProxies: number) => {
      const url = await router({ '/': [await service('any')] }, { trustedProxies });
      return raw(url, given + proto);
    };
    expect(await seen(0)).toContain(
      '"x-forwarded-for":"127.0.0.1","x-forwarded-proto":"http","x-forwarded-host":"inner"',
    );
    expect(await seen(1)).toContain(
      '"x-forwarded-for":"2001:db8::1","x-forwarded-proto":"https","x-forwarded-host":"outer"',
    );
  });

  it('refuses a request that names one of its own headers as hop-by-hop', async () => {
    const url = await router({ '/': [await service('any')] });
    const named = (connection: string) =>
      raw(url, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close, ${connection}\r\nX-Kept: 2\r\n\r\n`);
    expect(await named('Keep-Alive, Upgrade,HTTP2-Settings , TE')).toMatch(/^HTTP\/1.1 200 .*x-kept/s);
    for (const name of ['Content-Length', 'transfer-encoding', 'cookie', 'x-forwarded-for', 'x-kept'])
      expect(await named(name)).toMatch(/^HTTP\/1.1 400 .*"bad-request"/s);
  });

  it('keeps a well-formed request id and replaces any other', async () => {
    const url = await router({ '/': [await service('any')] });
    const id = async (given: string) =>
      (await echo(await fetch(url, { headers: { 'x-request-id': given } }))).headers['x-request-id'];
    expect(await id('abc-12345')).toBe('abc-12345');
    expect(await id('no spaces "please"')).toMatch(/^[\da-f-]{36}$/);
  });

  it('sends a request whose connection is refused to the next process, with its body', async () => {
    const url = await router({ '/': [await closedPort(), await service('there')] });
    for (let i = 0; i < 2; i++) {
      const response = await fetch(url, { method: 'POST', body: 'kept' });
      expect(await echo(response)).toMatchObject({ name: 'there', body: 'kept' });
    }
  });

  it('retries a GET at the next process when its connection is reset', async () => {
    const broken = await resetsConnections();
    const url = await router({ '/': [broken.target, await service('there')] });
    expect((await echo(await fetch(url))).name).toBe('there');
    expect(broken.requests()).toBe(1);
  });

  it('never retries a POST that a process may have executed', async () => {
    const broken = await resetsConnections();
    const other = await resetsConnections();
    const url = await router({ '/': [broken.target, other.target] });
    const response = await fetch(url, { method: 'POST', body: '{}' });
    expect(response.status).toBe(502);
    expect(broken.requests() + other.requests()).toBe(1);
  });

  it('answers 503 with a code and Retry-After when no process is reachable', async () => {
    const url = await router({ '/': [await closedPort(), await closedPort()], '/none': [] });
    for (const path of ['/', '/none']) {
      const response = await fetch(url + path, { method: 'POST', body: '{}' });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toEqual({
        errors: [{ code: 'service-unavailable', message: expect.any(String) as unknown }],
      });
    }
  });

  it('answers 503 to a browser with a page', async () => {
    const url = await router({ '/': [] });
    const response = await fetch(url, { headers: { accept: 'text/html,*/*' } });
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toMatch('text/html');
    expect(await response.text()).toMatch('<h1>');
  });

  it('has a page that loads itself again until a process is reachable, but not in place of the answer to a form', async () => {
    const url = await router({ '/': [await closedPort()] });
    const pageFor = async (method: string) =>
      (await fetch(url, { method, headers: { accept: 'text/html,*/*' } })).text();
    expect(await pageFor('GET')).toMatch(/<meta http-equiv="refresh" content="\d+">/);
    const ofForm = await pageFor('POST');
    expect(ofForm).not.toMatch('refresh');
    expect(ofForm).toMatch('may have arrived or not');
  });

  it('answers 504 when a process takes too long', async () => {
    const silent = await listen(http.createServer(() => undefined));
    const url = await router({ '/': [silent] }, { timeoutMs: 50 });
    const response = await fetch(url);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'service-timeout' }] });
  });

  it('streams responses: the first part arrives before the last is written', async () => {
    let finish = (): void => undefined;
    const target = await listen(
      http.createServer((_request, response) => {
        response.write('first');
        finish = () => response.end('last');
      }),
    );
    const response = await fetch(await router({ '/': [target] }));
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
    finish();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last');
  });

  it('ends streams of events when it is closed, without waiting for their readers to leave', async () => {
    const target = await listen(
      http.createServer((_request, response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.write('id: 1\n\n');
      }),
    );
    const server = createRouter({ routes: [{ prefix: '/', targets: [target] }] });
    const { port } = await listen(server);
    const response = await fetch(`http://127.0.0.1:${port}`);
    const ended = response.text().catch(() => 'ended');
    opened.splice(opened.indexOf(server), 1);
    // Longer than a test may take: closing that waited for the reader would fail.
    await closeServer(server, 3_600_000);
    expect(await ended).toBe('ended');
  });

  it('aborts the response when the process dies in the middle of it', async () => {
    const target = await listen(
      http.createServer((_request, response) => {
        response.setHeader('content-length', '100');
        response.write('half', () => response.destroy());
      }),
    );
    const url = await router({ '/': [target] });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  it('closes the connection to the process when the client disconnects', async () => {
    const leaving = new AbortController();
    const { promise: gone, resolve: isGone } = Promise.withResolvers<unknown>();
    const target = await listen(
      http.createServer((_request, response) => {
        response.on('close', () => {
          isGone('the client left');
        });
        leaving.abort();
      }),
    );
    await expect(fetch(await router({ '/': [target] }), { signal: leaving.signal })).rejects.toThrow('aborted');
    expect(await gone).toBe('the client left');
  });

  it('survives malformed requests and oversized headers', async () => {
    const url = await router({ '/': [await service('any')] });
    expect(await raw(url, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"bad-request"/s);
    expect(await raw(url, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 .*"headers-too-large"/s,
    );
    expect(
      await raw(url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(url, 'GET http://a/p?q HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch('"url":"/p?q"');
    expect((await fetch(url)).status).toBe(200);
  });

  it('forwards WebSockets in both directions where that is enabled', async () => {
    const server = http.createServer();
    server.on('upgrade', (request, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade ?? ''}\r\nConnection: Upgrade\r\n\r\n`,
      );
      socket.on('data', (chunk: Buffer) => socket.end(`received ${chunk.toString()}`));
    });
    const url = await router({ '/': [await listen(server)] }, { upgrades: true });
    const answer = await raw(
      url,
      'GET /_next HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    );
    expect(answer).toMatch(/^HTTP\/1.1 101 .*upgrade: websocket.*received hello$/is);
  });

  it('ends a WebSocket that a process refuses, or that has no process, where WebSockets are enabled', async () => {
    const url = await router(
      { '/': [await service('plain')], '/none': [], '/gone': [await closedPort()] },
      { upgrades: true },
    );
    const upgrade = (path: string) =>
      raw(url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(await upgrade('/')).toMatch(/^HTTP\/1.1 200 /);
    expect(await upgrade('/none')).toMatch(/^HTTP\/1.1 503 /);
    expect(await upgrade('/gone')).toBe('');
  });

  it.each(['websocket', 'h2c', 'TLS/1.0', 'anything'])(
    'ignores an offer to upgrade to %s, and closes the connection after the response',
    async (protocol) => {
      const url = await router({ '/': [await service('plain')] });
      const offer = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n`;
      const answer = await raw(url, `POST /p HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 4\r\n\r\nbody`);
      expect(answer).toMatch(/^HTTP\/1.1 200 .*connection: close.*"url":"\/p".*"body":"body"/is);
      expect(answer).not.toMatch(/"upgrade"|"http2-settings"/);
    },
  );

  it('closes the connections of requests that offered to upgrade or were never complete', async () => {
    const server = createRouter({ routes: [{ prefix: '/', targets: [await service('any')] }] });
    Object.assign(server, { headersTimeout: 300, requestTimeout: 600 });
    const { port } = await listen(server);
    const unfinished = [
      '',
      'GET / HT',
      'GET / HTTP/1.1\r\nHost: a\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    ];
    const clients = Array.from({ length: 210 }, (_, i) => {
      const client = net.connect(port, '127.0.0.1', () => client.write(unfinished[i % unfinished.length] ?? ''));
      sockets.add(client);
      client.on('error', () => undefined).resume();
      return client;
    });
    await eventually(
      () => clients.filter((client) => !client.closed).length,
      (open) => open === 0,
    );
    expect(clients.filter((client) => !client.closed)).toEqual([]);
  });
});

describe('the metrics of the router', () => {
  /** The labels and values of a metric, without those that are 0. */
  const counts = async (name: string): Promise<Record<string, number>> => {
    const text = await register.metrics();
    const found = text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\d+)$`, 'gm'));
    return Object.fromEntries([...found].map(([, labels = '', value]) => [labels.replaceAll('"', ''), Number(value)]));
  };
  const requests = () => counts('http_request_duration_seconds_count');
  const attempts = () => counts('router_forward_duration_seconds_count');
  const named = ({ hostname, port }: Target) => `target=${hostname}:${port}`;

  it('count each request by the prefix of its route, and each attempt by its target and outcome', async () => {
    register.resetMetrics();
    const [tickets, down] = [await service('tickets'), await closedPort()];
    const { target: broken } = await resetsConnections();
    const routes = { '/api/tickets': [down, tickets], '/api/orders': [broken], '/api/users': [down] };
    const url = await router(routes);
    const requested = ['/api/tickets/7', '/api/tickets', '/api/orders/1', '/api/users/signin', '/nothing'];
    for (const path of requested) await fetch(url + path, { method: path === '/api/orders/1' ? 'POST' : 'GET' });
    expect(
      await eventually(requests, (all) => Object.values(all).reduce((sum, one) => sum + one, 0) === requested.length),
    ).toEqual({
      'method=GET,route=/api/tickets,status=200': 2,
      'method=POST,route=/api/orders,status=502': 1,
      'method=GET,route=/api/users,status=503': 1,
      'method=GET,route=none,status=503': 1,
    });
    expect(await attempts()).toEqual({
      [`${named(down)},outcome=unreachable`]: 2,
      [`${named(tickets)},outcome=answered`]: 2,
      [`${named(broken)},outcome=broken`]: 1,
    });
  });

  it('leave out streams of events, and count a target that is silent for too long as late', async () => {
    register.resetMetrics();
    const stream = await listen(
      http.createServer((_request, response) => {
        response.setHeader('content-type', 'text/event-stream').write('id: 1\n\n');
      }),
    );
    const silent = await listen(http.createServer(() => undefined));
    const reading = new AbortController();
    const response = await fetch(`${await router({ '/stream': [stream] })}/stream`, { signal: reading.signal });
    reading.abort();
    await response.text().catch(() => undefined);
    const impatient = await router({ '/silent': [silent] }, { timeoutMs: 100 });
    expect((await fetch(`${impatient}/silent`)).status).toBe(504);
    expect(await eventually(requests, (all) => Object.keys(all).length > 0)).toEqual({
      'method=GET,route=/silent,status=504': 1,
    });
    expect(await attempts()).toEqual({ [`${named(silent)},outcome=late`]: 1 });
  });
});
