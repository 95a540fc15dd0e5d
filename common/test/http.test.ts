import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  HttpError,
  conflict,
  unavailable,
  createAdminApi,
  createApi,
  input,
  limitRequests,
  matchedVersions,
  rateLimit,
  requireSameOrigin,
  validate,
} from '@ticketing/common';
import { integerText, orderId, problemOf, text, ticketId, trimmed } from '@ticketing/common/shapes';
import { eventually, silentLog } from '@ticketing/core/testing';
import { createHealth, httpServer, listenAt } from '@ticketing/runtime';
import type { Health } from '@ticketing/runtime';
import express, { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { z } from 'zod';

interface Problem {
  code: string;
  message: string;
  field?: string;
}
const problems = (answer: { body: unknown }) => (answer.body as { errors: Problem[] }).errors;
const codes = (answer: { body: unknown }) =>
  problems(answer).map(({ code, field }) => (field ? [code, field] : [code]));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function build(routes: Router, { health = createHealth(), middleware = [] as RequestHandler[] } = {}) {
  return createApi({
    log: silentLog,
    health,
    config: { TRUSTED_PROXIES: 1 },
    middleware,
    routes: { '/api/things': routes },
  });
}

const failures: Record<string, () => unknown> = {
  bug: () => new TypeError('the password is hunter2'),
  text: () => 'just a string',
  nothing: () => undefined,
  store: () => Object.assign(new Error('connection 7 to 10.0.0.3:27017 closed'), { name: 'MongoNetworkError' }),
  refused: () => Object.assign(new Error('connect ECONNREFUSED 10.0.0.3:6379'), { code: 'ECONNREFUSED' }),
  stepped: () => Object.assign(new Error('not primary'), { name: 'MongoServerError', code: 10_107 }),
  busy: () => unavailable('busy', 'Too many changes at once.'),
  ours: () => conflict('thing-held', 'It is held.', { heldUntil: 'noon' }),
  several: () =>
    new HttpError(400, [
      { code: 'one', message: 'One.' },
      { code: 'two', message: 'Two.' },
    ]),
};

function things(): Router {
  const router = Router();
  router.post(
    '/',
    validate({
      body: z.object({ title: trimmed(text({ max: 10 })), note: text({ min: 3, max: 10 }).optional() }),
    }),
    (req, res) => {
      res.status(201).json(input(req));
    },
  );
  router.get(
    '/',
    validate({ query: z.object({ limit: integerText({ min: 1, max: 100 }).optional() }) }),
    (req, res) => {
      res.json(input(req));
    },
  );
  router.get('/fail/:how', async (req) => {
    await Promise.resolve();
    throw failures[req.params.how]?.();
  });
  router.get('/address', (req, res) => {
    res.json({ ip: req.ip });
  });
  router.get('/:id', validate({ params: z.object({ id: ticketId }) }), (req, res) => {
    res.json(input(req));
  });
  for (const method of ['put', 'delete'] as const) {
    router[method]('/untagged', validate({ method }), (_req, res) => {
      res.json({});
    });
    router[method]('/tagged', validate({ method, tagged: true }), (_req, res) => {
      res.json({});
    });
  }
  return router;
}

const api = (options: { health?: Health; middleware?: RequestHandler[] } = {}) => request(build(things(), options));
const send = (text: string | Buffer, type = 'application/json') =>
  api().post('/api/things').set('Content-Type', type).serialize(String).send(text.toString());
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('a body', () => {
  it('accepts a JSON body and passes the validated input to the route', async () => {
    const answer = await send('{"title":"  Concert "}');
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 201,
      body: { title: 'Concert' },
    });
  });

  it.each([
    ['is not JSON', '{"title":', 400, 'invalid-json'],
    ['is text as JSON', '"Concert"', 400, 'invalid-json'],
    ['is a number', '7', 400, 'invalid-json'],
    ['is null', 'null', 400, 'invalid-json'],
    ['is a list', '[{"title":"Concert"}]', 400, 'invalid-body'],
    ['is over 100 kB', JSON.stringify({ title: 'x'.repeat(100 * 1024) }), 413, 'body-too-large'],
    ['is nested 10,000 deep', nested(10_000), 400, 'too-deep'],
    ['is a list nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 400, 'invalid-body'],
    ['is nested deeper than ten levels', nested(11), 400, 'too-deep'],
  ])('rejects a body that %s', async (_, sent, status, code) => {
    const answer = await send(sent);
    expect({ status: answer.status, problems: problems(answer) }).toEqual({
      status,
      problems: [{ code, message: expect.any(String), field: 'body' }],
    });
  });

  it.each([
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['text/plain'],
    ['text/json'],
    ['application/json; charset=latin1'],
    ['application/json; charset=utf-99'],
    ['nonsense'],
  ])('answers 415 to a body of the content type %s', async (type) => {
    const answer = await send('{"title":"Concert"}', type);
    expect({ status: answer.status, codes: codes(answer) }).toEqual({
      status: 415,
      codes: [['unsupported-media-type', 'body']],
    });
  });

  it('answers 415 to an unknown content encoding, and 400 to a broken one', async () => {
    const strange = await api().post('/api/things').set('Content-Encoding', 'rot13').send({ title: 'Concert' });
    expect({ status: strange.status, codes: codes(strange) }).toEqual({
      status: 415,
      codes: [['unsupported-media-type', 'body']],
    });
    const broken = await api().post('/api/things').set('Content-Encoding', 'gzip').send({ title: 'Concert' });
    expect({ status: broken.status, codes: codes(broken) }).toEqual({
      status: 400,
      codes: [['invalid-request', 'body']],
    });
  });

  it('answers 400 with every required field when the body is absent', async () => {
    const answer = await api().post('/api/things');
    expect({ status: answer.status, problems: problems(answer) }).toEqual({
      status: 400,
      problems: [{ code: 'required', message: 'title is required.', field: 'title' }],
    });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'rejects a body with the field %s, and changes no object',
    async (name) => {
      for (const value of ['{"polluted":true}', '1', 'null', '{"prototype":{"polluted":true}}']) {
        const answer = await send(`{"title":"Concert","${name}":${value}}`);
        expect({ value, status: answer.status, codes: codes(answer) }).toEqual({
          value,
          status: 400,
          codes: [['unknown-field', name]],
        });
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );
});

describe('validate', () => {
  it.each([
    ['missing', undefined, 'required'],
    ['null', null, 'required'],
    ['a number', 7, 'invalid-type'],
    ['an operator object', { $gt: '' }, 'invalid-type'],
    ['a list', ['Concert'], 'invalid-type'],
    ['true', true, 'invalid-type'],
    ['empty', '', 'empty'],
    ['blank', '   ', 'empty'],
    ['too long', 'x'.repeat(11), 'too-long'],
    ['with a NUL', 'a\0b', 'invalid-characters'],
    ['with a line break', 'a\nb', 'invalid-characters'],
    ['with a lone surrogate', 'a\ud800b', 'invalid-characters'],
  ])('rejects a required text that is %s', async (_, title, code) => {
    const answer = await api().post('/api/things').send({ title });
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 400, codes: [[code, 'title']] });
  });

  it('counts the characters of a text, not its code units', async () => {
    expect(
      (
        await api()
          .post('/api/things')
          .send({ title: '🎟️'.repeat(5) })
      ).status,
    ).toBe(201);
    expect(
      codes(
        await api()
          .post('/api/things')
          .send({ title: '🎟'.repeat(11) }),
      ),
    ).toEqual([['too-long', 'title']]);
  });

  it('accepts an absent optional field, and rejects null', async () => {
    expect((await api().post('/api/things').send({ title: 'Concert', note: 'good' })).body).toEqual({
      title: 'Concert',
      note: 'good',
    });
    const answer = await api().post('/api/things').send({ title: 'Concert', note: null });
    expect(codes(answer)).toEqual([['invalid-type', 'note']]);
  });

  it('lists every bad and every unknown field at once', async () => {
    const answer = await api().post('/api/things?debug=1').send({ title: 7, note: 'x', admin: true });
    expect(codes(answer).sort()).toEqual([
      ['invalid-type', 'title'],
      ['too-short', 'note'],
      ['unknown-field', 'admin'],
      ['unknown-field', 'debug'],
    ]);
  });

  it.each(['0', '101', '-1', '1.5', '1e2', '', ' 5', 'ten', '9'.repeat(400)])(
    'rejects %j as a whole number',
    async (limit) => {
      const answer = await api().get('/api/things').query({ limit });
      expect(codes(answer)).toEqual([['invalid-integer', 'limit']]);
    },
  );

  it('names twenty unknown fields of a thousand, each by the beginning of its name', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `${index}${'x'.repeat(90)}`);
    const many = await send(
      JSON.stringify(Object.fromEntries([['title', 'Concert'], ...names.map((name) => [name, 1])])),
    );
    expect(codes(many)).toEqual(names.slice(0, 20).map((name) => ['unknown-field', name]));
    const long = await send(JSON.stringify({ title: 'Concert', ['y'.repeat(90_000)]: 1 }));
    expect(codes(long)).toEqual([['unknown-field', 'y'.repeat(100)]]);
  });

  it('passes no absent field to the route, and rejects unknown ones', async () => {
    expect((await api().get('/api/things')).body).toEqual({});
    expect(codes(await api().get('/api/things?constructor=1'))).toEqual([['unknown-field', 'constructor']]);
    expect(codes(await api().get('/api/things').send({ limit: 1 }))).toEqual([['unknown-field', 'limit']]);
  });

  it('rejects a query field that is sent twice', async () => {
    expect(codes(await api().get('/api/things?limit=1&limit=2'))).toEqual([['invalid-integer', 'limit']]);
    expect((await api().get('/api/things?limit=20')).body).toEqual({ limit: 20 });
  });

  it.each(['7', 'x'.repeat(24), 'A'.repeat(24), '0'.repeat(25), '%24gt', '%00', '..%2f..', '%F0%9F%8E%9F'])(
    'rejects the ticket id %s',
    async (id) => {
      expect(codes(await api().get(`/api/things/${id}`))).toEqual([['invalid-format', 'id']]);
    },
  );

  it('accepts valid ticket and order ids, and rejects malformed order ids', () => {
    const ticket = '0123456789abcdef01234567';
    expect(problemOf('id', ticketId, ticket)).toBeUndefined();
    for (const good of [`${ticket}-1`, `${ticket}-999999999`]) expect(problemOf('id', orderId, good)).toBeUndefined();
    for (const bad of [ticket, `${ticket}-0`, `${ticket}-01`, `${ticket}-1\n`, `${ticket}--1`, { $ne: 1 }])
      expect(problemOf('id', orderId, bad)).toBeDefined();
  });
});

describe('a change with If-Match', () => {
  const statusOf = async (method: 'put' | 'delete', path: string, ifMatch: string) =>
    (await api()[method](`/api/things/${path}`).set('If-Match', ifMatch)).status;

  it.each(['put', 'delete'] as const)(
    'is a 412 when what %s changes has no ETag, unless any will do',
    async (method) => {
      expect(await statusOf(method, 'untagged', '"1"')).toBe(412);
      expect(await statusOf(method, 'untagged', '')).toBe(412);
      expect(await statusOf(method, 'untagged', ' * ')).toBe(200);
      // The route itself decides.
      expect(await statusOf(method, 'tagged', '"1"')).toBe(200);
    },
  );

  it('names the versions in its entity tags, and none that is weak or malformed', () => {
    expect(matchedVersions('"1", "2-closed" ,"30"')).toEqual([1, 2, 30]);
    for (const none of ['', 'W/"1"', '1', '"x"', '"1', '"-1"', '"1" "2"']) expect(matchedVersions(none)).toEqual([]);
    for (const any of [undefined, '*', ' * ']) expect(matchedVersions(any)).toBeUndefined();
  });
});

describe('an address', () => {
  it.each(['/', '/api', '/api/nothing', '/api/things/fail', '/api/things/a/b/c', '//', '/api/things/../../etc'])(
    'answers 400 or 404 with a code to the unknown address %s',
    async (path) => {
      const answer = await api().get(path);
      expect([400, 404]).toContain(answer.status);
      expect(problems(answer)[0]?.code).toMatch(/^[a-z-]+$/);
    },
  );

  it('answers 404 to an unknown address with any method', async () => {
    const answers = await Promise.all([
      api().get('/api/nothing'),
      api().post('/api/nothing').send({}),
      api().delete('/api/nothing'),
    ]);
    for (const answer of answers)
      expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 404, codes: [['not-found']] });
  });

  it('answers 400 to a malformed address', async () => {
    const answer = await api().get('/api/things/%ff');
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 400, codes: [['invalid-url', 'url']] });
  });
});

describe('an error of a route', () => {
  it.each(['bug', 'text'])('answers 500 and reveals nothing internal: %s', async (how) => {
    const answer = await api().get(`/api/things/fail/${how}`);
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 500,
      body: { errors: [{ code: 'internal-error', message: 'Something went wrong on our side.' }] },
    });
  });

  it.each(['store', 'stepped', 'refused'])(
    'answers 503 with Retry-After when the store is unreachable: %s',
    async (how) => {
      const answer = await api().get(`/api/things/fail/${how}`);
      expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 503, codes: [['store-unavailable']] });
      expect(answer.get('Retry-After')).toBe('1');
      expect(answer.text).not.toContain('10.0.0.3');
    },
  );

  it('answers with the status, code and details of an HttpError', async () => {
    const answer = await api().get('/api/things/fail/ours');
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 409,
      body: { errors: [{ code: 'thing-held', message: 'It is held.', heldUntil: 'noon' }] },
    });
    expect(codes(await api().get('/api/things/fail/several'))).toEqual([['one'], ['two']]);
    const busy = await api().get('/api/things/fail/busy');
    expect({ status: busy.status, after: busy.get('Retry-After') }).toEqual({ status: 503, after: '1' });
  });
});

describe('every response', () => {
  it('echoes a valid request id', async () => {
    const answer = await api().get('/api/things').set('X-Request-Id', 'abc_DEF-12345678');
    expect(answer.get('X-Request-Id')).toBe('abc_DEF-12345678');
  });

  it.each(['short', 'x'.repeat(65), 'with spaces in it', '{"json":"here"}', '<script>alert(1)</script>'])(
    'has a new request id instead of the invalid %j',
    async (given) => {
      const answer = await api().get('/api/things').set('X-Request-Id', given);
      expect(answer.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it.each(['/api/things', '/api/nothing', '/api/things/fail/bug'])('has security headers: %s', async (path) => {
    const { headers } = await api().get(path);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it.each([
    ['a page', () => api().get('/api/things')],
    ['the head of one', () => api().head('/api/things')],
    ['an accepted body', () => send('{"title":"Concert"}')],
    ['a body that is not JSON', () => send('{"title":')],
    ['a body of another type', () => send('title=Concert', 'text/plain')],
    ['a bad field', () => api().get('/api/things?limit=0')],
    ['a conflict', () => api().get('/api/things/fail/ours')],
    ['a bug', () => api().get('/api/things/fail/bug')],
    ['an unknown address', () => api().get('/nothing')],
    ['a malformed address', () => api().get('/api/things/%ff')],
  ])('has the headers of Helmet that matter for an API, and no others: %s', async (_, ask) => {
    const directives = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
    const bare = express()
      .disable('x-powered-by')
      .use(helmet({ contentSecurityPolicy: { directives, useDefaults: false } }), (_req, res) => void res.end());
    const { headers: byHelmet } = await request(bare).get('/');
    const relevant = [
      'content-security-policy',
      'cross-origin-resource-policy',
      'referrer-policy',
      'strict-transport-security',
      'x-content-type-options',
      'x-frame-options',
    ];
    const leftOut = [
      'cross-origin-opener-policy',
      'origin-agent-cluster',
      'x-dns-prefetch-control',
      'x-download-options',
      'x-permitted-cross-domain-policies',
      'x-xss-protection',
    ];
    expect(Object.keys(byHelmet as object)).toEqual(expect.arrayContaining([...relevant, ...leftOut]));
    const expected = Object.fromEntries(relevant.map((name) => [name, (byHelmet as Record<string, string>)[name]]));
    const { headers } = await ask();
    expect(headers).toMatchObject({ ...expected, 'cache-control': 'no-store' });
    for (const name of [...leftOut, 'x-powered-by']) expect(headers).not.toHaveProperty(name);
  });

  it('closes its connection while the service is stopping', async () => {
    const health = createHealth();
    const server = build(things(), { health }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = () => rawGet(port, '/api/things');
    expect(await ask()).toMatch(/^Connection: keep-alive\r$/m);
    health.stopping = true;
    expect(await ask()).toMatch(/^Connection: close\r$/m);
  });

  it('takes the client address from as many trusted proxies as configured', async () => {
    const answer = await api().get('/api/things/address').set('X-Forwarded-For', '6.6.6.6, 203.0.113.7');
    expect(answer.body).toEqual({ ip: '203.0.113.7' });
  });
});

/** The raw head of a response, requested over a keep-alive connection. */
async function rawGet(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (chunk) => (got += chunk.toString()));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
  try {
    return await eventually(
      () => got,
      (answer) => answer.includes('\r\n\r\n'),
    );
  } finally {
    socket.destroy();
  }
}

describe('the admin port', () => {
  const paths = ['/health/live', '/health/ready', '/metrics', '/extra'];
  const extra = Router();
  extra.all('/extra', (_req, res) => {
    res.json({});
  });
  const admin = createAdminApi({ log: silentLog, health: createHealth(), routes: [extra] });

  it.each(paths)('has %s, and the port for visitors answers 404', async (path) => {
    expect((await request(admin).get(path)).status).toBe(200);
    const answer = await request(build(things())).get(path);
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 404, codes: [['not-found']] });
  });

  it('refuses a browser that sends a request from another site', async () => {
    const answer = await request(admin).post('/extra').set('Sec-Fetch-Site', 'cross-site');
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 403, codes: [['cross-site']] });
  });
});

describe('methods', () => {
  it('that an address does not have are answered with 405 and those that it has', async () => {
    const router = Router();
    router.get('/', (_req, res) => {
      res.json({});
    });
    router.post('/', (_req, res) => {
      res.json({});
    });
    const answer = await request(build(router)).delete('/api/things');
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 405, codes: [['method-not-allowed']] });
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  });

  async function exchange(text: string): Promise<string> {
    const server = httpServer(build(things()) as RequestListener);
    servers.push(server);
    const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
    const socket = connect(port, '127.0.0.1');
    socket.end(text);
    let answer = '';
    for await (const chunk of socket) answer += (chunk as Buffer).toString();
    return answer;
  }

  it.each(['TRACE', 'OPTIONS', 'PATCH', 'PROPFIND'])(
    'that no address has are answered with 405: %s',
    async (method) => {
      const answer = await exchange(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer).toMatch(/^Allow: GET, HEAD, POST, PUT, DELETE\r$/m);
      expect(answer).toContain('method-not-allowed');
    },
  );

  it('for no path are answered with 400', async () => {
    expect(await exchange('GET * HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*invalid-url/);
  });

  it('of HTTP/1.0 need no Host', async () => {
    expect(await exchange('GET /api/nothing HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('health', () => {
  const admin = ({ health = createHealth() }) => request(createAdminApi({ log: silentLog, health }));

  it('is live and ready while every check passes', async () => {
    const health = createHealth({ store: () => Promise.resolve(), bus: () => Promise.resolve() });
    expect((await admin({ health }).get('/health/live')).body).toEqual({ status: 'ok' });
    const ready = await admin({ health }).get('/health/ready');
    expect({ status: ready.status, body: ready.body as unknown }).toEqual({
      status: 200,
      body: { status: 'ok', checks: { store: 'ok', bus: 'ok' } },
    });
  });

  it('is live but not ready while a check fails or hangs, and names the check', async () => {
    const health = createHealth({
      store: () => Promise.reject(new Error('no route')),
      cache: () => {
        throw new Error('not there');
      },
      bus: () => new Promise(() => undefined),
    });
    expect((await admin({ health }).get('/health/live')).status).toBe(200);
    const ready = await admin({ health }).get('/health/ready');
    expect({ status: ready.status, body: ready.body as unknown }).toEqual({
      status: 503,
      body: {
        status: 'not-ready',
        checks: { store: 'Error: no route', cache: 'Error: not there', bus: 'Error: no answer within 2000 ms' },
      },
    });
  });

  it('is live but not ready while stopping', async () => {
    const health = createHealth();
    health.stopping = true;
    expect((await admin({ health }).get('/health/live')).status).toBe(200);
    const ready = await admin({ health }).get('/health/ready');
    expect({ status: ready.status, body: ready.body as unknown }).toEqual({
      status: 503,
      body: { status: 'stopping', checks: {} },
    });
  });

  it('labels metrics with the pattern of a route, not with its path', async () => {
    const app = build(things());
    await request(app).get('/api/things/0123456789abcdef01234567');
    const { text: metrics } = await admin({}).get('/metrics');
    expect(metrics).toContain('route="/api/things/:id"');
    expect(metrics).not.toContain('0123456789abcdef01234567');
    expect(metrics).toContain('process_cpu_user_seconds_total');
  });
});

describe('requests from other sites', () => {
  const router = Router();
  router.all('/', (_req, res) => {
    res.json({});
  });
  const app = build(router, { middleware: [requireSameOrigin] });
  const ask = (method: 'get' | 'head' | 'options' | 'post' | 'put' | 'patch' | 'delete', headers: object) =>
    request(app)
      [method]('/api/things')
      .set('Host', 'shop.example:3000')
      .set(headers as Record<string, string>);

  it.each([
    ['the same origin', { Origin: 'http://shop.example:3000' }],
    ['the same origin behind https', { Origin: 'https://shop.example:3000' }],
    ['a program without Origin', {}],
    [
      'a page that the browser reports as same-origin',
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://shop.example:3000' },
    ],
    ['a page behind a proxy that changes Host', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://shop.example' }],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }],
  ])('are allowed from %s', async (_, headers) => {
    expect((await ask('post', headers)).status).toBe(200);
  });

  it.each([
    ['another origin', { Origin: 'http://evil.example' }],
    ['another port', { Origin: 'http://shop.example:4000' }],
    ['a subdomain', { Origin: 'http://x.shop.example:3000' }],
    ['an origin of which ours is only a prefix', { Origin: 'http://shop.example:3000.evil.example' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['a malformed origin', { Origin: 'shop.example:3000' }],
    ['a page that the browser reports as cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    [
      'a page that the browser reports as same-site',
      { 'Sec-Fetch-Site': 'same-site', Origin: 'http://shop.example:3000' },
    ],
    ['a page with an unknown Sec-Fetch-Site', { 'Sec-Fetch-Site': 'whatever' }],
  ])('are rejected from %s with every unsafe method', async (_, headers) => {
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      const answer = await ask(method, headers);
      expect({ method, status: answer.status, codes: codes(answer) }).toEqual({
        method,
        status: 403,
        codes: [['cross-site']],
      });
    }
  });

  it('are allowed with a safe method', async () => {
    for (const method of ['get', 'head', 'options'] as const)
      expect((await ask(method, { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' })).status).toBe(200);
  });
});

describe('a rate limit', () => {
  function limited(enabled: boolean) {
    const router = Router();
    router.get('/', rateLimit({ enabled, points: 3, seconds: 60 }), (_req, res) => {
      res.json({});
    });
    const app = build(router);
    return (address: string) => request(app).get('/api/things').set('X-Forwarded-For', address);
  }

  it('answers 429 with the seconds to wait once the points are used up', async () => {
    const ask = limited(true);
    for (let time = 0; time < 3; time++) expect((await ask('203.0.113.7')).status).toBe(200);
    const answer = await ask('203.0.113.7');
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 429, codes: [['too-many-requests']] });
    expect(Number(answer.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    expect(Number(answer.get('Retry-After'))).toBeLessThanOrEqual(60);
    expect(problems(answer)[0]?.message).toContain(`${answer.get('Retry-After') ?? ''} s`);
  });

  it('counts each client address separately, whatever else X-Forwarded-For contains', async () => {
    const ask = limited(true);
    for (let time = 0; time < 3; time++) await ask(`6.6.6.${time}, 203.0.113.7`);
    expect((await ask('6.6.6.9, 203.0.113.7')).status).toBe(429);
    expect((await ask('203.0.113.8')).status).toBe(200);
  });

  it.each([
    [
      'addresses of one IPv6 /64',
      ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2', '2001:DB8::7:0:0:0:3'],
      '2001:db8:0:7::4',
    ],
    ['an address with and without a port', ['203.0.113.7:1', '203.0.113.7', '203.0.113.7:65535'], '203.0.113.7:2'],
    [
      'an IPv6 address with and without a port',
      ['[2001:db8::1]:443', '2001:db8::1', '[2001:db8::1]'],
      '2001:db8::1%eth0',
    ],
    ['an IPv4 address and its form in IPv6', ['::ffff:203.0.113.7', '203.0.113.7', '::ffff:cb00:7107'], '203.0.113.7'],
    ['what is no address as the address of the connection', ['garbage', 'unknown', '_hidden'], '203.0.113.999'],
  ])('counts %s as one caller', async (_, three, fourth) => {
    const ask = limited(true);
    for (const address of three) expect((await ask(address)).status).toBe(200);
    expect((await ask(fourth)).status).toBe(429);
    expect((await ask('2001:db8:0:8::1')).status).toBe(200);
  });

  it('allows a user 120 writes in a minute over all routes, and 6,000 reads', async () => {
    const router = Router();
    router.all('/:id', (_req, res) => {
      res.json({});
    });
    const signedIn: RequestHandler = (req, _res, next) => {
      req.currentUser = { id: req.get('x-user') ?? '', email: 'a@example.com' };
      next();
    };
    const app = build(router, { middleware: [signedIn, limitRequests(true)] });
    const send = (method: 'get' | 'put' | 'delete', user: string, id: number) =>
      request(app)[method](`/api/things/${id}`).set('X-User', user);
    for (let id = 0; id < 60; id++) expect((await send('put', 'ann', id)).status).toBe(200);
    for (let id = 0; id < 60; id++) expect((await send('delete', 'ann', id)).status).toBe(200);
    expect((await send('put', 'ann', 0)).status).toBe(429);
    expect((await send('get', 'ann', 0)).status).toBe(200);
    expect((await send('put', 'ben', 0)).status).toBe(200);

    const [reads, used] = [limitRequests(true), jest.fn()];
    const read = { method: 'GET', currentUser: { id: 'ann' } } as Request;
    for (let time = 0; time < 6000; time++) await reads(read, {} as Response, used);
    expect(used).toHaveBeenCalledTimes(6000);
    await expect(reads(read, {} as Response, used)).rejects.toMatchObject({ status: 429 });
  });

  it('allows every request when it is disabled', async () => {
    const ask = limited(false);
    for (let time = 0; time < 10; time++) expect((await ask('203.0.113.7')).status).toBe(200);
  });
});
