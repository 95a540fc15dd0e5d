import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { eventually } from '@ticketing/core/testing';
import { closeServer } from '@ticketing/runtime';
import express from 'express';
import type { Express, Response as ExpressResponse } from 'express';
import { eventStreams } from '../src/live/event-streams.ts';
import type { EventStreamsOptions } from '../src/live/event-streams.ts';
import { orderOf, startInstance, startTickets } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
let other: Awaited<ReturnType<typeof startInstance>>;
const servers: Server[] = [];

beforeAll(async () => {
  service = await startTickets();
  // One clock for both: changes are found by their times, and a busy machine may take seconds between two of them.
  other = await startInstance(service.connection, { now: service.now });
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => service.stop());

interface Event {
  id: string;
  name: string;
  data: { id?: string; version?: number; status?: string };
}

async function serve(app: Express): Promise<Server & { url: string }> {
  const server = http.createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** Opens a stream and collects its events. */
async function open(app: Express, { query = '', lastEventId }: { query?: string; lastEventId?: string } = {}) {
  const { url } = await serve(app);
  const stream = { status: 0, headers: new Headers(), events: [] as Event[], text: '', hasEnded: false };
  const response = await fetch(`${url}/api/tickets/events${query}`, {
    headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
  });
  Object.assign(stream, { status: response.status, headers: response.headers });
  const reading = (async () => {
    for await (const chunk of response.body ?? []) {
      stream.text += Buffer.from(chunk as Uint8Array).toString();
      stream.events = [...stream.text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm)].map(
        ([, id = '', name = '', data = '']) => ({ id, name, data: JSON.parse(data) as Event['data'] }),
      );
    }
    stream.hasEnded = true;
  })().catch(() => {
    stream.hasEnded = true;
  });
  return Object.assign(stream, { reading });
}

/** The statuses of a ticket as a reader takes them: what was missed may also arrive as a change, and only a higher version counts. */
function of({ events }: { events: Event[] }, id: string): string[] {
  const changes = events.filter(({ name, data }) => name === 'ticket' && data.id === id).map(({ data }) => data);
  return changes
    .filter(({ version = 0 }, index) => changes.slice(0, index).every((earlier) => (earlier.version ?? 0) < version))
    .map(({ status = '' }) => status);
}

/** Waits until exactly these statuses of a ticket have arrived. */
const statuses = (stream: { events: Event[] }, id: string, expected: string[]) =>
  eventually(
    () => of(stream, id).join(),
    (found) => found === expected.join(),
  );

describe('the stream of changes', () => {
  it('tells what happens to a ticket, of this instance and of another, with nothing but its id, version and status', async () => {
    const [here, there] = await Promise.all([open(service.app), open(other.app)]);
    expect(here.status).toBe(200);
    expect(here.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(here.headers.get('x-accel-buffering')).toBe('no');
    const ticket = await service.list();
    const order = orderOf(ticket, 1, 0, 'created');
    for (const stream of [here, there]) await statuses(stream, ticket.id, ['listed']);
    await service.consume({ name: 'order:created', data: order });
    for (const stream of [here, there]) await statuses(stream, ticket.id, ['listed', 'held']);
    await service.consume({ name: 'order:cancelled', data: { ...order, version: 1, status: 'cancelled' } });
    for (const stream of [here, there]) await statuses(stream, ticket.id, ['listed', 'held', 'listed']);
    const [last] = here.events.slice(-1);
    expect(last?.data).toEqual({ id: ticket.id, version: 2, status: 'listed' });
    expect(here.text).not.toContain(order.userId);
  });

  it.each(['the header Last-Event-ID', 'the query'])(
    'sends what was missed to a reader who comes back to another instance with the id of the last event in %s',
    async (place) => {
      const first = await open(service.app);
      await service.list();
      const last = await eventually(
        () => first.events.at(-1),
        (event) => event?.name === 'ticket',
      );
      const id = last?.id ?? '';
      const missed = await service.list();
      await service.consume({ name: 'order:created', data: orderOf(missed, 1, 0, 'created') });
      const second = await open(other.app, place === 'the query' ? { query: `?after=${id}` } : { lastEventId: id });
      await statuses(second, missed.id, ['held']);
    },
  );

  it('sends one reset instead of more than 500 missed changes', async () => {
    const { tickets } = service;
    const changedAt = new Date().toISOString();
    const { _id, ...copy } = (await tickets
      .findById((await service.list()).id)
      .lean()
      .exec()) ?? { _id: '' };
    expect(_id).not.toBe('');
    await tickets.collection.insertMany(
      Array.from({ length: 501 }, (_, i) => ({ ...copy, _id: `copy-${i}`, changedAt, outbox: [] }) as never),
    );
    const stream = await open(service.app, { lastEventId: String(Date.now() - 60_000) });
    await eventually(
      () => stream.events.map(({ name }) => name).join(),
      (names) => /^ready,reset(,ticket)*$/.test(names),
    );
    await tickets.deleteMany({ _id: /^copy-/ });
  });

  it('answers HEAD without opening a stream, and 400 to a position that is none', async () => {
    const head = await service.api.head('/api/tickets/events');
    expect(head.status).toBe(200);
    const bad = await service.api.get('/api/tickets/events?after=yesterday');
    expect(bad.body).toMatchObject({ errors: [{ code: 'invalid-integer', field: 'after' }] });
  });

  it('ends at once when the feed is closed, so that the server can close, and is then refused', async () => {
    const leaving = await startInstance(service.connection, { now: () => new Date() });
    const stream = await open(leaving.app);
    const [server] = servers;
    if (server === undefined) throw new Error('no server');
    leaving.context.feed.close();
    await stream.reading;
    await closeServer(server);
    expect((await leaving.api.get('/api/tickets/events')).status).toBe(503);
  });
});

describe('the bounds of streams', () => {
  const app = (
    options: Partial<EventStreamsOptions> = {},
    opened: (res: ExpressResponse) => void = () => undefined,
  ): Express => {
    const stream = eventStreams(service.context.feed, { now: () => new Date(), rateLimits: false, ...options });
    const bounded = express();
    bounded.get('/api/tickets/events', (req, res) => {
      opened(res);
      return stream(req, res, undefined);
    });
    bounded.use(
      (error: Error & { status: number; headers: object }, _req: unknown, res: ExpressResponse, _: unknown) => {
        res.status(error.status).set(error.headers).end();
      },
    );
    return bounded;
  };

  it.each([
    ['503 when there are too many', { maxStreams: 2 }, 503],
    ['429 when its network has too many', { maxPerNetwork: 2, rateLimits: true }, 429],
  ])('refuse a stream with %s, and let the next one in when one has ended', async (_, options, status) => {
    const bounded = app(options);
    const { url } = await serve(bounded);
    const leaving = new AbortController();
    const get = (signal?: AbortSignal) => fetch(`${url}/api/tickets/events`, signal ? { signal } : {});
    expect((await get(leaving.signal)).status).toBe(200);
    expect((await get()).status).toBe(200);
    const refused = await get();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '30']);
    leaving.abort();
    await eventually(
      async () => (await get()).status,
      (found) => found === 200,
    );
  });

  it('send a comment when nothing changes, and end a stream of a great age', async () => {
    const stream = await open(app({ heartbeatMs: 20, maxAgeMs: 200 }));
    await eventually(
      () => stream.text,
      (text) => /^:$/m.test(text),
    );
    await stream.reading;
    expect(stream.hasEnded).toBe(true);
  });

  it('end a reader who does not read, whose bytes would wait in memory', async () => {
    const { url } = await serve(app({ maxWaitingBytes: 10_000 }, (res) => res.on('close', () => (isClosed = true))));
    let isClosed = false;
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write('GET /api/tickets/events HTTP/1.1\r\nHost: a\r\n\r\n');
    });
    socket.pause();
    const { feed } = service.context;
    const long = 'x'.repeat(1000);
    await eventually(
      () => {
        for (let i = 0; i < 5000; i++) feed.saved({ id: `${long}${i}`, version: performance.now(), status: 'held' });
        return isClosed;
      },
      (found) => found,
    );
    socket.destroy();
  });
});
