import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isUnreachable } from '@ticketing/common';
import type { Bus, OrderData } from '@ticketing/common';
import { deliver, eventually, randomTicketId, silentLog } from '@ticketing/common/testing';
import { redisDeadLetters } from '../src/dead-letters.ts';
import { subscriptions } from '../src/subscriptions.ts';
import { createTimers } from '../src/timers.ts';
import type { Timers } from '../src/timers.ts';
import { freePort, startRedis } from './redis-server.ts';

/** Notes what is published, with the time; refuses while it is away. */
function recordingBus() {
  const said: { subject: string; orderId: string; at: number }[] = [];
  const state = { away: false, refused: 0 };
  const bus: Bus = {
    get connected() {
      return !state.away;
    },
    whenConnected: Promise.resolve(),
    publish(subject, text) {
      if (state.away) {
        state.refused++;
        return Promise.reject(new Error('the bus is away'));
      }
      const { data } = JSON.parse(text) as { data: { orderId: string } };
      said.push({ subject, orderId: data.orderId, at: Date.now() });
      return Promise.resolve();
    },
    subscribe: () => undefined,
    close: () => Promise.resolve(),
  };
  return { bus, state, said, saidOf: (orderId: string) => said.filter((one) => one.orderId === orderId) };
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
const newId = () => `${randomTicketId()}-1`;
const goneOff = (orderId: string, times = 1) =>
  eventually(
    () => recorder.saidOf(orderId),
    (said) => said.length >= times,
    15_000,
  );

describe('a timer', () => {
  it('goes off after the end of the hold and the grace, not before, and says expiration:complete', async () => {
    const orderId = newId();
    const expiresAt = inMs(500);
    await timers.set({ orderId, expiresAt });
    const [said] = await goneOff(orderId);
    expect(said?.subject).toBe('expiration:complete');
    expect(said?.at).toBeGreaterThanOrEqual(Date.parse(expiresAt) + 200);
  });

  it('goes off once when it is set twice', async () => {
    const [orderId, later] = [newId(), newId()];
    const expiresAt = inMs(100);
    await timers.set({ orderId, expiresAt });
    await timers.set({ orderId, expiresAt });
    await timers.set({ orderId: later, expiresAt: inMs(600) });
    await goneOff(later);
    expect(recorder.saidOf(orderId)).toHaveLength(1);
  });

  it('goes off at once when it is overdue', async () => {
    const orderId = newId();
    await timers.set({ orderId, expiresAt: inMs(-60_000) });
    await goneOff(orderId);
  });

  it('never goes off when it is cleared, and clearing what is not set is nothing', async () => {
    const [orderId, later] = [newId(), newId()];
    await timers.set({ orderId, expiresAt: inMs(100) });
    await timers.clear(orderId);
    await timers.clear(orderId);
    await timers.set({ orderId: later, expiresAt: inMs(600) });
    await goneOff(later);
    expect(recorder.saidOf(orderId)).toEqual([]);
  });

  it('says nothing when it is due and its record is gone', async () => {
    const [orderId, later] = [newId(), newId()];
    await timers.set({ orderId, expiresAt: inMs(100) });
    await timers.redis.del(`bull:expiration:${orderId}`);
    await timers.set({ orderId: later, expiresAt: inMs(900) });
    await goneOff(later);
    expect(recorder.said.map((one) => one.orderId)).toEqual([later]);
  });

  it('that goes off while the bus is away is said once it is back', async () => {
    const [orderId, other] = [newId(), newId()];
    recorder.state.away = true;
    await timers.set({ orderId, expiresAt: inMs(-1000) });
    await eventually(
      () => recorder.state.refused,
      (count) => count > 0,
    );
    recorder.state.away = false;
    await timers.set({ orderId: other, expiresAt: inMs(-1000) });
    await goneOff(other);
    await goneOff(orderId);
  });

  it('outlives a SIGKILL of Redis', async () => {
    const orderId = newId();
    await timers.set({ orderId, expiresAt: inMs(1500) });
    // What was acknowledged is in the file.
    await redis.kill();
    redis.start();
    await goneOff(orderId);
  });
});

describe('while Redis is down', () => {
  const answers = (one: Timers) =>
    one.check().then(
      () => true,
      () => false,
    );

  it('the message must wait and the service is not ready, until it is back', async () => {
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
      await eventually(() => answers(cut), Boolean);
    } finally {
      await cut.close();
      await gone.stop();
    }
  });

  // What a command comes to that nobody waits for would end the process: Jest fails the test that it happens in.
  it.each([
    ['before its first connection', 0],
    ['with its connections on their way', 1],
    ['with all that it does', 2],
  ])('the service stops all the same, %s', async (_, stage) => {
    const gone = await startRedis();
    const cut = createTimers({ REDIS_URL: gone.url, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    try {
      if (stage > 0) await cut.set({ orderId: newId(), expiresAt: inMs(60_000) });
      if (stage > 1) {
        await cut.set({ orderId: newId(), expiresAt: inMs(-1000) });
        await eventually(
          () => recorder.said,
          ({ length }) => length > 0,
        );
      }
      await gone.kill();
    } finally {
      await cut.close();
      await gone.stop();
    }
  });

  it('the service stops all the same, as soon as Redis is back', async () => {
    const gone = await startRedis();
    const cut = createTimers({ REDIS_URL: gone.url, EXPIRY_GRACE_SECONDS: 0 }, recorder.bus, silentLog);
    try {
      await cut.set({ orderId: newId(), expiresAt: inMs(60_000) });
      await gone.kill();
      gone.start();
      await eventually(() => answers(cut), Boolean);
    } finally {
      await cut.close();
      await gone.stop();
    }
  });
});

describe('where Redis was never up', () => {
  it('the service is not ready, with the reason, and stops all the same', async () => {
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

describe('what expiration hears', () => {
  const order = (id: string, status: OrderData['status'], expiresAt: string): OrderData => ({
    ...{ id, version: 0, ticketId: id.slice(0, 24), number: 1, userId: randomTicketId(), status, expiresAt },
    offer: { title: 'Concert', price: { amount: 1, currency: 'usd' } },
  });

  it('order:created sets the timer, once when it comes twice', async () => {
    const [id, later] = [newId(), newId()];
    const handlers = subscriptions(timers);
    const event = { name: 'order:created', data: order(id, 'created', inMs(100)) } as const;
    await deliver(handlers, event);
    await deliver(handlers, event);
    await deliver(handlers, { name: 'order:created', data: order(later, 'created', inMs(600)) });
    await goneOff(later);
    expect(recorder.saidOf(id)).toHaveLength(1);
  });

  it.each(['order:claimed', 'order:cancelled'] as const)('%s clears it, also twice', async (name) => {
    const [id, later] = [newId(), newId()];
    const handlers = subscriptions(timers);
    await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(200)) });
    await deliver(handlers, { name, data: order(id, 'cancelled', inMs(200)) });
    await deliver(handlers, { name, data: order(id, 'cancelled', inMs(200)) });
    await timers.set({ orderId: later, expiresAt: inMs(600) });
    await goneOff(later);
    expect(recorder.saidOf(id)).toEqual([]);
  });

  it('order:cancelled of an order that expired leaves a timer that has not gone off to do so', async () => {
    const id = newId();
    const handlers = subscriptions(timers);
    await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(100)) });
    await deliver(handlers, {
      name: 'order:cancelled',
      data: { ...order(id, 'cancelled', inMs(100)), reason: 'expired' },
    });
    await goneOff(id);
  });

  it('order:created that comes after the order has ended sets a timer, for orders to ignore', async () => {
    const id = newId();
    const handlers = subscriptions(timers);
    await deliver(handlers, { name: 'order:cancelled', data: order(id, 'cancelled', inMs(-1000)) });
    await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(-1000)) });
    await goneOff(id);
  });

  it.each(['order:claimed', 'order:cancelled'] as const)(
    '%s that comes after the timer went off is nothing',
    async (name) => {
      const id = newId();
      const handlers = subscriptions(timers);
      await deliver(handlers, { name: 'order:created', data: order(id, 'created', inMs(-1000)) });
      await goneOff(id);
      await deliver(handlers, { name, data: order(id, 'cancelled', inMs(-1000)) });
      expect(recorder.saidOf(id)).toHaveLength(1);
    },
  );
});

describe('dead letters', () => {
  it('are kept in Redis word for word, the same one once', async () => {
    const letters = redisDeadLetters(timers.redis);
    const raw = Buffer.from([0xff, 0x00, 0x7b]);
    const id = await letters.setAside('order:created', raw, new Error('first'));
    expect(await letters.setAside('order:created', raw, new Error('second'))).toBe(id);
    expect(await letters.get(id)).toMatchObject({
      subject: 'order:created',
      error: 'Error: second',
      times: 2,
      base64: raw.toString('base64'),
    });
    expect((await letters.list()).map((letter) => letter.id)).toContain(id);
    await letters.remove(id);
    expect(await letters.get(id)).toBeNull();
  });
});
