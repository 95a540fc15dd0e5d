import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAdminApi, toEnvelope } from '@ticketing/common';
import type { Envelope, OrderData } from '@ticketing/common';
import type { Bus } from '@ticketing/core';
import { eventually, memoryBus, randomTicketId, silentLog } from '@ticketing/core/testing';
import type { MemoryBroker } from '@ticketing/core/testing';
import { createHealth } from '@ticketing/runtime';
import request from 'supertest';
import { startExpiration } from '../src/service.ts';
import { createTimers } from '../src/timers.ts';
import { startRedis } from './redis-server.ts';

let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let bus: Bus;
let service: ReturnType<typeof startExpiration>;
let expired: Envelope[];
beforeEach(async () => {
  const broker: MemoryBroker = new Map();
  // No message is redelivered, however long its handler takes.
  bus = memoryBus({ broker, redeliverAfterMs: 3_600_000 });
  const serviceBus = memoryBus({ broker });
  expired = [];
  bus.subscribe('expiration:complete', 'test', (message) => {
    expired.push(JSON.parse(message.raw.toString()) as Envelope);
    message.ack();
  });
  const timers = createTimers({ REDIS_URL: redis.url, EXPIRY_GRACE_SECONDS: 0 }, serviceBus, silentLog);
  await timers.whenConnected;
  service = startExpiration({ bus: serviceBus, log: silentLog, timers });
});

async function stop() {
  for (const step of service.stop.splice(0)) await step();
}
afterEach(async () => {
  await stop();
  await bus.close();
});

function publishOrder(expiresAt: string): { id: string; published: Promise<void> } {
  const ticketId = randomTicketId();
  const data: OrderData = {
    id: `${ticketId}-1`,
    version: 0,
    ticketId,
    number: 1,
    userId: randomTicketId(),
    status: 'created',
    offer: { title: 'Concert', price: { amount: 1, currency: 'usd' } },
    expiresAt,
  };
  const event = toEnvelope({ name: 'order:created', data }, new Date());
  return { id: data.id, published: bus.publish(event.name, JSON.stringify(event)) };
}

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('expiration', () => {
  it('publishes expiration:complete for an order whose hold is over', async () => {
    const expiresAt = inMs(-1000);
    const { id, published } = publishOrder(expiresAt);
    await published;
    const [event] = await eventually(
      () => expired,
      ({ length }) => length > 0,
    );
    expect(event).toEqual({
      id: `${id}:0:expiration:complete`,
      name: 'expiration:complete',
      at: expect.any(String),
      data: { id, version: 0, orderId: id, expiresAt },
    });
  });

  it('lists a malformed message as a dead letter', async () => {
    await bus.publish('order:created', 'not JSON');
    const app = createAdminApi({ log: silentLog, health: createHealth(), routes: service.adminRoutes });
    const answer = await eventually(
      () => request(app).get('/dead-letters'),
      ({ body }) => (body as { count: number }).count > 0,
    );
    expect(answer.body).toMatchObject({ deadLetters: [{ subject: 'order:created', text: 'not JSON' }] });
  });

  it('consumes nothing more once it is stopped, and leaves the message to the next instance', async () => {
    await stop();
    const { id, published } = publishOrder(inMs(60_000));
    await published;
    const unacknowledged: string[] = [];
    bus.subscribe('order:created', 'expiration', (message) => {
      unacknowledged.push((JSON.parse(message.raw.toString()) as Envelope & { data: { id: string } }).data.id);
      message.ack();
    });
    await eventually(
      () => unacknowledged,
      (ids) => ids.includes(id),
    );
  });
});
