import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { closeServer, listenAt } from '@ticketing/runtime/server';
import { startTracing } from '@ticketing/runtime/tracing';
import { createRouter } from './router.ts';

const ANY = { HOST: '127.0.0.1', PORT: 0 };
const servers: Server[] = [];
let url: string;
let received: (string | string[] | undefined)[];

beforeEach(async () => {
  received = [];
  const service = createServer((request, response) => {
    received.push(request.headers['traceparent']);
    response.end();
  });
  const port = await listenAt(service, ANY);
  const router = createRouter({ routes: [{ prefix: '/', targets: [{ hostname: '127.0.0.1', port }] }] });
  url = `http://127.0.0.1:${await listenAt(router, ANY)}`;
  servers.push(router, service);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server, 0);
});

const startedTracing = () =>
  startTracing('router', {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    ...{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: 1 },
  });

it('the router begins a trace, or continues that of the page, and passes its own span on', async () => {
  const stopTracing = await startedTracing();
  const ofPage = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  try {
    await fetch(url);
    await fetch(url, { headers: { traceparent: ofPage } });
    await fetch(url, { headers: { traceparent: 'malformed' } });
  } finally {
    await stopTracing();
  }
  const newTrace = expect.stringMatching(/^00-(?!a{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(received).toEqual([newTrace, expect.stringMatching(/^00-a{32}-(?!b{16})[0-9a-f]{16}-00$/), newTrace]);
});

it('what the router logs about a request has the id of its trace', async () => {
  const warnings: Record<string, unknown>[] = [];
  const warn = (_message: string, fields: Record<string, unknown>) => {
    warnings.push(fields);
  };
  const router = createRouter({ routes: [{ prefix: '/', targets: [{ hostname: '127.0.0.1', port: 1 }] }], warn });
  servers.push(router);
  const address = `http://127.0.0.1:${await listenAt(router, ANY)}`;
  const stopTracing = await startedTracing();
  try {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect((await fetch(address, { headers: { traceparent } })).status).toBe(503);
  } finally {
    await stopTracing();
  }
  expect(warnings.map((fields) => fields['trace_id'])).toEqual(['a'.repeat(32), 'a'.repeat(32)]);
});

it('a router without tracing changes no request', async () => {
  await fetch(url);
  expect(received).toEqual([undefined]);
});
