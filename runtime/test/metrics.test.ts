import type { RequestListener, Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { measureRequest, metricsServer } from '@ticketing/runtime/metrics';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import { register } from 'prom-client';

const servers: Server[] = [];
beforeEach(() => {
  register.resetMetrics();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server, 0);
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  return `http://127.0.0.1:${await listenAt(server, { HOST: '127.0.0.1', PORT: 0 })}`;
}

/** A server that measures its requests, whose route is what `route` holds when the response ends. */
const measured = (handler: RequestListener, route = { name: 'none' }) =>
  listen(
    httpServer((request, response) => {
      measureRequest(request, response, () => route.name);
      handler(request, response);
    }),
  );

/** The lines of a metric without its default labels, in Prometheus' text format. */
const lines = async (name: string): Promise<string[]> =>
  (await register.metrics()).split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));

const inFlight = async (): Promise<number> => Number((await lines('http_requests_in_flight'))[0]?.split(' ').at(-1));

it('a request is in flight until its response ends, and is counted then by its method, route and status', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
  const route = { name: 'none' };
  const url = await measured((_request, response) => {
    route.name = '/things/:id';
    void gate.then(() => response.writeHead(404).end());
  }, route);
  const answer = fetch(`${url}/things/7`);
  await eventually(inFlight, (count) => count === 1);
  expect(await lines('http_request_duration_seconds_count')).toEqual([]);
  open(undefined);
  expect((await answer).status).toBe(404);
  const [line] = await eventually(
    () => lines('http_request_duration_seconds_count'),
    ({ length }) => length === 1,
  );
  expect(line).toMatch(/method="GET".*route="\/things\/:id".*status="404".* 1$/);
  expect(await inFlight()).toBe(0);
});

it('a stream of events is in flight while it is read, and its duration is not measured, because its reader ends it', async () => {
  const url = await measured((_request, response) => {
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8').write('retry: 1\n\n');
  });
  const reading = new AbortController();
  const response = await fetch(url, { signal: reading.signal });
  expect(await inFlight()).toBe(1);
  reading.abort();
  await response.text().catch(() => undefined);
  await eventually(inFlight, (count) => count === 0);
  expect(await lines('http_request_duration_seconds_count')).toEqual([]);
});

it('a process with metrics alone serves them on its admin port with the name of its service, and nothing else', async () => {
  const url = await listen(metricsServer('pages'));
  const scrape = await fetch(`${url}/metrics?any=1`);
  expect(scrape.headers.get('content-type')).toContain('text/plain');
  expect(await scrape.text()).toMatch(/^nodejs_eventloop_lag_p99_seconds\{service="pages"\} /m);
  expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  for (const path of ['/', '/metrics/', '/health/ready', '/dead-letters'])
    expect((await fetch(url + path)).status).toBe(404);
});
