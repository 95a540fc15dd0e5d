import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderData } from '@ticketing/common';
import type { Bus } from '@ticketing/core';
import { deliver, eventually, randomTicketId, silentLog } from '@ticketing/core/testing';
import { isUnreachable, startTracing, traced } from '@ticketing/runtime';
import { freePort } from '../../core/test/servers.ts';
import { redisDeadLetters } from '../src/dead-letters.ts';
import { subscriptions } from '../src/subscriptions.ts';
import { createTimers } from '../src/timers.ts';
import type { Timers } from '../src/timers.ts';
import { startRedis } from './redis-server.ts';

/** Records what is published, with the time; rejects publications while it is down. */
function recordingBus() {
  const published: { subject: string; orderId: string; at: number; traceparent: string | undefined }[] = [];
  const state = { down: false, rejected: 0 };
  const bus: Bus = {
    get connected() {
      return !state.down;
    },
    whenConnected: Promise.resolve(),
    publish(subject, text) {
      if (state.down) {
        state.rejected++;
        return Promise.reject(new Error('the bus is down'));
      }
      const { data, traceparent } = JSON.parse(text) as { data: { orderId: string }; traceparent?: string };
      published.push({ subject, orderId: data.orderId, at: Date.now(), traceparent });
      return Promise.resolve();
    },
    subscribe: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    bus,
    state,
    published,
    publishedFor: (orderId: string) => published.filter((one) => one.orderId === orderId),
  };
}

let redis: Awaited<ReturnType<typeof startRedis>>;
let recorder: ReturnType<typeof recordingBus>;
let timers: Timers;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => {
  recorder = recordingBus();
  timers = createTimers({ REDIS_URL: redis.url, EXPIRY_GRACE_SECONDS: 0.2 }, recorder.bus, silentLog);
});
afterEach(() => timers.close());

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Runs steps while no timer can fire, however long they take: the bus is down, and what is due then is tried again later. */
async function beforeAnyFires(steps: () => Promise<unknown>): Promise<void> {
  recorder.state.down = true;
  await steps();
  recorder.state.down = false;
}
const newId = () => `${randomTicketId()}-1`;
const fired = (orderId: string, times = 1) =>
  eventually(
    () => recorder.publishedFor(orderId),
    (events) => events.length >= times,
  );

describe('a timer', () => {
  it('publishes expiration:complete after the end of the hold and the grace period, not before', async () => {
    const orderId = newId();
    const expiresAt = inMs(500);
    await timers.set({ orderId, expiresAt });
    const [event] = await fired(orderId);
    expect(event?.subject).toBe('expiration:complete');
    expect(event?.at).toBeGreaterThanOrEqual(Date.parse(expiresAt) + 200);
  });

  it('publishes an event of the trace in which it was set', async () => {
    const stopTracing = await startTracing('expiration', {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      ...{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: 1 },
    });
    try {
      const [orderId, traceId] = [newId(), 'a'.repeat(32)];
      const setTimer = () => timers.set({ orderId, expiresAt: inMs(100) });
      await traced('handle', { parent: `00-${traceId}-${'b'.repeat(16)}-00` }, setTimer);
      const [event] = await fired(orderId);
      expect(event?.traceparent).toContain(traceId);
    } finally {
      await stopTracing();
    }
  });

  it('is counted until it fires, and is overdue when it has not fired in time', async () => {
    const before = await timers.count();
    await timers.set({ orderId: newId(), expiresAt: inMs(60_000) });
    await timers.set({ orderId: newId(), expiresAt: inMs(600_000) });
    expect((await timers.count()) - before).toBe(2);
    expect((await timers.count(new Date(Date.now() + 70_000))) - (await timers.count(new Date()))).toBe(1);
  });

  it('fires once when it is set twice', async () => {
    const [orderId, later] = [newId(), newId()];
    const expiresAt = inMs(100);
    await beforeAnyFires(async () => {
      await timers.set({ orderId, expiresAt });
      await timers.set({ orderId, expiresAt });
    });
    await fired(orderId);
    await timers.set({ orderId: later, expiresAt: inMs(300) });
    await fired(later);
    expect(recorder.publishedFor(orderId)).toHaveLength(1);
  });

  it('fires at once when it is overdue', async () => {
    const orderId = newId();
    await timers.set({ orderId, expiresAt: inMs(-60_000) });
    await fired(orderId);
  });

  it('does not fire when it is cleared, and clearing it again does nothing', async () => {
    const [orderId, later] = [newId(), newId()];
    await beforeAnyFires(async () => {
      await timers.set({ orderId, expiresAt: inMs(500) });
      await timers.clear(orderId);
      await timers.clear(orderId);
    });
    await timers.set({ orderId: later, expiresAt: inMs(1000) });
    await fired(later);
    expect(recorder.publishedFor(orderId)).toEqual([]);
  });

  it('publishes nothing when it is due and its record is gone', async () => {
    const [orderId, later] = [newId(), newId()];
    await beforeAnyFires(async () => {
      await timers.set({ orderId, expiresAt: inMs(500) });
      await timers.redis.del(`{bull}:expiration:${orderId}`);
    });
    await timers.set({ orderId: later, expiresAt: inMs(1300) });
    await fired(later);
    expect(recorder.published.map((one) => one.orderId)).toEqual([later]);
  });

  it('publishes its event once the bus is up again when it fires while the bus is down', async () => {
    const [orderId, other] = [newId(), newId()];
    recorder.state.down = true;
    await timers.set({ orderId, expiresAt: inMs(-1000) });
    await eventually(
      () => recorder.state.rejected,
      (count) => count > 0,
    );
    recorder.state.down = false;
    await timers.set({ orderId: other, expiresAt: inMs(-1000) });
    await fired(other);
    await fired(orderId);
  });

  it('survives a SIGKILL of Redis', async () => {
    const orderId = newId();
    await timers.set({ orderId, expiresAt: inMs(1500) });
    // Redis acknowledges a timer only after writing it to the append-only file.
    await redis.kill();
    redis.start();
    await fired(orderId);
  });
});

describe('while Redis is down', () => {
  const isReady = (one: Timers) =>
    one.check().then(
      () => true,
      () => false,
    );

  it('no timer can be set and the service is not ready, until Redis is up again', async () => {
    const gone = await startRedis();
    const cut = createTimers({ REDIS_URL: gone.url, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    try {
      await cut.whenConnected;
      await cut.set({ orderId: newId(), expiresAt: inMs(60_000) });
      await gone.kill();
      const failure: unknown = await cut.set({ orderId: newId(), expiresAt: inMs(60_000) }).catch((e: unknown) => e);
      expect(isUnreachable(failure)).toBe(true);
      await expect(cut.check()).rejects.toThrow('Redis is unavailable');
      gone.start();
      await eventually(() => isReady(cut), Boolean);
    } finally {
      await cut.close();
      await gone.stop();
    }
  });

  // An unhandled rejection would end the process: Jest fails the test in which one happens.
  it.each([
    ['before its first connection', 0],
    ['while it connects', 1],
    ['while it fires timers', 2],
  ])('the service stops when Redis goes down %s', async (_, stage) => {
    const gone = await startRedis();
    const cut = createTimers({ REDIS_URL: gone.url, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    try {
      if (stage > 0) await cut.set({ orderId: newId(), expiresAt: inMs(60_000) });
      if (stage > 1) {
        await cut.set({ orderId: newId(), expiresAt: inMs(-1000) });
        await eventually(
          () => recorder.published,
          ({ length }) => length > 0,
        );
      }
      await gone.kill();
    } finally {
      await cut.close();
      await gone.stop();
    }
  });

  it('the service stops right after Redis is up again', async () => {
    const gone = await startRedis();
    const cut = createTimers({ REDIS_URL: gone.url, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    try {
      await cut.set({ orderId: newId(), expiresAt: inMs(60_000) });
      await gone.kill();
      gone.start();
      await eventually(() => isReady(cut), Boolean);
    } finally {
      await cut.close();
      await gone.stop();
    }
  });
});

describe('while Redis has never been up', () => {
  it('the service is not ready, with the reason, and stops', async () => {
    const port = await freePort();
    const nowhere = `redis://127.0.0.1:${port}`;
    const cut = createTimers({ REDIS_URL: nowhere, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    await eventually(
      () => cut.check().catch(String),
      (reason) => reason === `Error: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    await cut.close();
  });
});

describe('the events that expiration consumes', () => {
  const order = (id: string, status: OrderData['status'], expiresAt: string): OrderData => ({
    ...{ id, version: 0, ticketId: id.slice(0, 24), number: 1, userId: randomTicketId(), status, expiresAt },
    offer: { title: 'Concert', price: { amount: 1, currency: 'usd' } },
  });

  it('order:created delivered twice sets one timer', async () => {
    const [id, later] = [newId(), newId()];
    const handlers = subscriptions(timers);
    const event = { name: 'order:created', data: order(id, 'created', inMs(100)) } as const;
    await beforeAnyFires(async () => {
      await deliver(handlers, event);
      await deliver(handlers, event);
    });
    await fired(id);
    await deliver(handlers, { name: 'order:created', data: order(later, 'created', inMs(300)) });
    await fired(later);
    expect(recorder.publishedFor(id)).toHaveLength(1);
  });

  it.each(['order:claimed', 'order:cancelled'] as const)('%s delivered twice clears the timer', async (name) => {
    const [id, later] = [newId(), newId()];
    const handlers = subscriptions(timers);
    await beforeAnyFires(async () => {
      await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(500)) });
      await deliver(handlers, { name, data: order(id, 'cancelled', inMs(500)) });
      await deliver(handlers, { name, data: order(id, 'cancelled', inMs(500)) });
    });
    await timers.set({ orderId: later, expiresAt: inMs(1000) });
    await fired(later);
    expect(recorder.publishedFor(id)).toEqual([]);
  });

  it('order:cancelled of an expired order does not clear the timer', async () => {
    const id = newId();
    const handlers = subscriptions(timers);
    await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(100)) });
    await deliver(handlers, {
      name: 'order:cancelled',
      data: { ...order(id, 'cancelled', inMs(100)), reason: 'expired' },
    });
    await fired(id);
  });

  it('order:created that arrives after the order has ended sets a timer that fires, which orders ignores', async () => {
    const id = newId();
    const handlers = subscriptions(timers);
    await deliver(handlers, { name: 'order:cancelled', data: order(id, 'cancelled', inMs(-1000)) });
    await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(-1000)) });
    await fired(id);
  });

  it.each(['order:claimed', 'order:cancelled'] as const)(
    '%s that arrives after the timer has fired does nothing',
    async (name) => {
      const id = newId();
      const handlers = subscriptions(timers);
      await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(-1000)) });
      await fired(id);
      await deliver(handlers, { name, data: order(id, 'cancelled', inMs(-1000)) });
      expect(recorder.publishedFor(id)).toHaveLength(1);
    },
  );
});

describe('dead letters', () => {
  it('are stored in Redis byte for byte, each message once', async () => {
    const letters = redisDeadLetters(timers.redis);
    const raw = Buffer.from([0xff, 0x00, 0x7b]);
    const id = await letters.add('order:created', raw, new Error('first'));
    expect(await letters.add('order:created', raw, new Error('second'))).toBe(id);
    expect(await letters.get(id)).toMatchObject({
      subject: 'order:created',
      error: 'Error: second',
      times: 2,
      base64: raw.toString('base64'),
    });
    expect((await letters.page(1000)).map((letter) => letter.id)).toContain(id);
    await letters.remove(id);
    expect(await letters.get(id)).toBeNull();
  });
});
