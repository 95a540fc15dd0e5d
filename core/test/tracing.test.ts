import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createApi } from '@ticketing/common';
import type { Envelope } from '@ticketing/common';
import { aggregate, createSweeps, startConsumer, startRelay } from '@ticketing/core';
import { apiOptions, eventually, memoryBus, memoryCollection, never, silentLog } from '@ticketing/core/testing';
import { currentTraceparent, listenAt, startTracing, traced } from '@ticketing/runtime';
import { Router } from 'express';
import request from 'supertest';
import { closeServer } from '@ticketing/runtime';
import { tracedCollection } from '../src/aggregate/traced-collection.ts';
import { eventOf, newThing } from './things.ts';
import type { Thing } from './things.ts';

interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status: { code?: number };
}
interface Export {
  resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[];
}

const TRACE = 'a'.repeat(32);
const CLICK = 'b'.repeat(16);

let collector: Server;
let spans: ExportedSpan[];
let stopTracing: () => Promise<void>;

/** Starts tracing to a collector in this process; `stopTracing` sends it the spans. */
async function trace(sampler = 'parentbased_always_on', ratio = 1): Promise<void> {
  const { port } = collector.address() as { port: number };
  stopTracing = await startTracing('test', {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  });
}

beforeEach(async () => {
  spans = [];
  collector = createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    req.on('end', () => {
      const { resourceSpans } = JSON.parse(text) as Export;
      if (req.url === '/v1/traces')
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      res.setHeader('Content-Type', 'application/json').end('{}');
    });
  });
  await listenAt(collector, { HOST: '127.0.0.1', PORT: 0 });
  stopTracing = () => Promise.resolve();
});
afterEach(async () => {
  await stopTracing();
  await closeServer(collector, 0);
});

const lease = { acquireOrRenew: () => Promise.resolve(true), release: () => Promise.resolve() };

/** Two services on one bus: an event of the first, caused by a request, is handled by the second, which saves a thing. */
function twoServices() {
  // No message is redelivered, however long its handler takes.
  const bus = memoryBus({ redeliverAfterMs: 3_600_000 });
  const log = silentLog;
  const outboxes = tracedCollection(memoryCollection<Thing>(), 'things');
  const relay = startRelay({ outboxes, lease, bus, log, sweeps: createSweeps(log), every: never });
  const things = aggregate({ collection: outboxes, publisher: relay });
  const copies = tracedCollection(memoryCollection<Thing>(), 'copies');
  const handled: { traceparent: string | undefined }[] = [];
  const consumer = startConsumer({
    ...{ bus, group: 'copies', log },
    deadLetters: { add: () => Promise.reject(new Error('nothing is dead-lettered')) } as never,
    handlers: {
      'expiration:complete': async ({ id }) => {
        await copies.insert({ ...newThing({ _id: id }), changedAt: new Date().toISOString(), outbox: [] });
        handled.push({ traceparent: currentTraceparent() });
      },
    },
  });
  const routes = Router().post('/', async (_req, res) => {
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    res.status(201).json({});
  });
  const app = createApi({ ...apiOptions(log), routes: { '/api/things': routes } });
  const post = (traceparent?: string) => {
    const sent = request(app).post('/api/things').send({});
    return traceparent === undefined ? sent : sent.set('traceparent', traceparent);
  };
  const untilHandled = () =>
    eventually(
      () => handled.length,
      (count) => count > 0,
    );
  const stop = async () => {
    await consumer.stop();
    await relay.stop();
    await bus.close();
  };
  return { outboxes, post, handled, untilHandled, stop };
}

it('a click, the request, the publication of its event, its handling and what that saves are one tree', async () => {
  await trace();
  const services = twoServices();
  await services.post(`00-${TRACE}-${CLICK}-01`).expect(201);
  await services.untilHandled();
  await services.stop();
  await stopTracing();

  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name;
  const tree = Object.fromEntries(
    spans.map(({ name, parentSpanId }) => [name, parentSpanId === CLICK ? 'the click' : nameOf(parentSpanId)]),
  );
  expect(tree).toEqual({
    'POST /api/things/': 'the click',
    'insert things': 'POST /api/things/',
    'publish expiration:complete': 'POST /api/things/',
    'handle expiration:complete': 'POST /api/things/',
    'insert copies': 'handle expiration:complete',
  });
});

it('an event that is published long after belongs to the trace that has caused it', async () => {
  await trace();
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const thing = newThing();
  const event: Envelope = {
    ...{ id: 'e1', name: 'expiration:complete', at, data: eventOf(thing).data },
    traceparent: `00-${TRACE}-${CLICK}-01`,
  };
  const bus = memoryBus();
  const outboxes = memoryCollection<Thing>();
  await outboxes.insert({ ...thing, changedAt: at, outbox: [event] });
  const swept: (() => Promise<unknown>)[] = [];
  const every = ((_ms: number, work: () => Promise<unknown>) => {
    swept.push(work);
    return { stop: () => Promise.resolve() };
  }) as typeof never;
  const relay = startRelay({ outboxes, lease, bus, log: silentLog, sweeps: createSweeps(silentLog), every });
  for (const sweep of swept) await sweep();
  await relay.stop();
  await stopTracing();
  expect(spans).toMatchObject([{ name: 'publish expiration:complete', traceId: TRACE, parentSpanId: CLICK }]);
});

it('a trace that its first process does not record is recorded nowhere, and neither are those beyond the share', async () => {
  await trace();
  const services = twoServices();
  await services.post(`00-${TRACE}-${CLICK}-00`).expect(201);
  await services.untilHandled();
  expect(services.handled[0]?.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  await services.stop();
  await stopTracing();
  await trace('parentbased_traceidratio', 0);
  await traced('anything', {}, () => Promise.resolve());
  await stopTracing();
  expect(spans).toEqual([]);
});

it('a span of work that fails has an error, which is passed on', async () => {
  await trace();
  const failure = new Error('the provider is down');
  await expect(traced('call', { kind: 'client' }, () => Promise.reject(failure))).rejects.toBe(failure);
  await stopTracing();
  expect(spans).toMatchObject([{ name: 'call', status: { code: 2 } }]);
});

it('without an endpoint events carry nothing, and nothing is traced', async () => {
  stopTracing = await startTracing('test', {
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
  });
  const services = twoServices();
  await services.post(`00-${TRACE}-${CLICK}-01`).expect(201);
  await services.untilHandled();
  const [stored] = await services.outboxes.page({}, 1);
  expect(stored?.outbox.map((event) => 'traceparent' in event)).toEqual([false]);
  expect(services.handled).toEqual([{ traceparent: undefined }]);
  await services.stop();
});
