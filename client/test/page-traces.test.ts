import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { RequestListener, Server } from 'node:http';
import { httpServer, listenAt } from '@ticketing/runtime/server';
import { startTracing, tracedRequest } from '@ticketing/runtime/tracing';
import { currentUserReader } from '../current-user.ts';
import { sharedPages } from '../shared-pages.ts';

const ANY = { HOST: '127.0.0.1', PORT: 0 };
const servers: Server[] = [];
let stopTracing: () => Promise<void>;

beforeEach(async () => {
  stopTracing = await startTracing('client', {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    ...{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: 1 },
  });
});
afterEach(async () => {
  await stopTracing();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = httpServer(handler);
  servers.push(server);
  return `http://127.0.0.1:${await listenAt(server, ANY)}`;
}

it('the renderings and reads that a request for a page causes are part of its trace, below the span of the page', async () => {
  const received: [string, unknown][] = [];
  const api = await listen(({ headers }, response) => {
    received.push(['auth', headers['traceparent']]);
    response.end('{"currentUser":{"email":"a@example.com"}}');
  });
  const render: RequestListener = ({ url = '', headers }, response) => {
    received.push([url, headers['traceparent']]);
    response.end('a page');
  };
  const handle = sharedPages(render, currentUserReader(api));
  const pages = await listen((request, response) => {
    tracedRequest(
      request,
      response,
      () => '/',
      () => {
        handle(request, response);
      },
    );
  });
  const click = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  for (const path of ['/', '/sell'])
    await fetch(pages + path, { headers: { traceparent: click, cookie: 'session=x' } });
  expect(new Set(received.map(([name]) => name))).toEqual(new Set(['auth', '/', '/sell']));
  const below = /^00-a{32}-(?!b{16})[0-9a-f]{16}-0[01]$/;
  expect(received.filter(([, traceparent]) => !below.test(String(traceparent)))).toEqual([]);
});
