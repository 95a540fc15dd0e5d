import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus } from '@ticketing/common';
import { eventually, silentLog } from '@ticketing/common/testing';
import { Redis } from 'ioredis';
import { heard } from './support/heard.ts';
import { visitors } from './support/http.ts';
import type { User } from './support/http.ts';
import { startLoad } from './support/load.ts';
import { checkInvariants } from './support/invariants.ts';
import { startTestStack } from './support/stack.ts';

const HOLD_SECONDS = 4;

let stack: Awaited<ReturnType<typeof startTestStack>>;
let market: ReturnType<typeof visitors>;
let seller: User;
let buyer: User;

beforeAll(async () => {
  stack = await startTestStack({ env: { HOLD_SECONDS: String(HOLD_SECONDS) }, processes: { orders: 2 } });
  market = visitors(stack.url);
  [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
});
afterAll(() => stack.end());

const until = (id: string, status: string, limitMs = 30_000) =>
  eventually(
    async () => (await buyer.see(id)).body,
    (order) => order.status === status,
    limitMs,
  );

/** SIGKILL, and back when the supervisor has started it again. */
async function killAndWait(name: string): Promise<void> {
  const one = stack.process(name);
  const before = one.pid;
  await one.kill('SIGKILL');
  await eventually(
    async () => one.pid !== undefined && one.pid !== before && (await one.isReady()),
    (isBack) => isBack,
    30_000,
  );
}

describe('under load', () => {
  // MongoDB is left alone: the stand-in for it that a machine without one gets commits once a second only.
  it.each(['auth-1', 'tickets-1', 'orders-1', 'payments-1', 'expiration-1', 'sandbox', 'redis', 'nats', 'router'])(
    'a SIGKILL of %s loses nothing that was acknowledged and breaks no promise',
    async (name) => {
      const load = await startLoad(stack.url);
      await eventually(
        () => load.acknowledged.orders.length,
        (count) => count > 10,
        30_000,
      );
      await killAndWait(name);
      const reached = load.acknowledged.orders.length;
      await eventually(
        () => load.acknowledged.orders.length,
        (count) => count > reached + 10,
        40_000,
      );
      await load.stop();
      const { broken } = await checkInvariants(stack, { acknowledged: load.acknowledged });
      expect(broken).toEqual([]);
      expect(Object.keys(load.answers()).filter((answer) => answer.endsWith(' 500'))).toEqual([]);
    },
  );
});

describe('while NATS Streaming is down', () => {
  it('listing, ordering and cancelling go on, and all events arrive once it is back', async () => {
    const before = (await seller.list()).body;
    await eventually(
      () => buyer.order(before.id),
      ({ status }) => status === 201,
    );
    const ready = await Promise.all(Array.from({ length: 3 }, async () => (await seller.list()).body));
    await checkInvariants(stack);

    await stack.process('nats').kill('SIGKILL');
    // And kept down.
    await stack.process('nats').stop();
    const listed = await seller.list();
    expect(listed.status).toBe(201);
    const orders = await Promise.all(ready.map(({ id }) => buyer.order(id)));
    expect(orders.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect((await buyer.cancel(`${String(ready[0]?.id)}-1`)).status).toBe(200);
    // Longer than it takes the services to notice.
    await delay(8000);
    expect((await seller.list()).status).toBe(201);
    await stack.process('nats').start();

    const { broken } = await checkInvariants(stack, { withinMs: 30_000 });
    expect(broken).toEqual([]);
    expect((await buyer.order(listed.body.id)).status).toBe(201);
  });
});

describe('when Redis has lost everything', () => {
  it('orders expire all the same', async () => {
    const ticket = (await seller.list()).body;
    const { id } = (await buyer.order(ticket.id)).body;
    await until(id, 'awaiting:payment');
    const redis = new Redis(stack.backing.redis);
    await redis.flushall();
    redis.disconnect();
    expect((await until(id, 'cancelled')).reason).toBe('expired');
  });
});

describe('a poison message', () => {
  interface Letters {
    count: number;
    deadLetters: { id: string; subject: string; text: string; error: string }[];
  }

  it('on any subject is set aside by every service that hears it, counted and replayable, and the others flow on', async () => {
    const bus = connectBus(
      { NATS_URL: stack.backing.nats, NATS_CLUSTER_ID: 'ticketing', INSTANCE: 'poisoner' },
      silentLog,
    );
    await bus.whenConnected;
    const subjects = [...new Set(Object.values(heard).flat())];
    for (const subject of subjects) {
      await bus.publish(subject, 'this is not JSON');
      await bus.publish(
        subject,
        JSON.stringify({ id: 'x', name: subject, at: new Date().toISOString(), data: { id: 7 } }),
      );
    }
    await bus.close();

    const ticket = (await seller.list()).body;
    const { id } = (await buyer.order(ticket.id)).body;
    expect((await buyer.pay(id)).status).toBe(201);
    await until(id, 'complete');

    for (const [name, ofService] of Object.entries(heard)) {
      const { url } = stack.process(`${name}-1`);
      const letters = await eventually(
        async () => (await (await fetch(`${url}/dead-letters`)).json()) as Letters,
        ({ count }) => count === 2 * ofService.length,
        20_000,
      );
      for (const subject of ofService) {
        const errors = letters.deadLetters.filter((letter) => letter.subject === subject).map(({ error }) => error);
        expect(errors.sort()).toEqual([
          expect.stringContaining('the data is malformed'),
          expect.stringContaining('is not JSON'),
        ]);
      }
      const [first] = letters.deadLetters;
      const replayed = await fetch(`${url}/dead-letters/${String(first?.id)}/replay`, { method: 'POST' });
      expect(replayed.status).toBe(409);
    }
  });
});

describe('SIGTERM', () => {
  it('ends each process by itself with exit code 0, with its requests in flight answered', async () => {
    const names = stack.processes
      .filter(({ service }) => !['mongodb', 'redis', 'nats', 'router'].includes(service))
      .map(({ name }) => name);
    const tickets = await Promise.all(Array.from({ length: 20 }, async () => (await seller.list()).body));
    const answers = tickets.map(({ id }) => buyer.order(id));
    const endings = await Promise.all(names.map(async (name) => ({ name, ...(await stack.process(name).stop()) })));
    for (const ending of endings) expect(ending).toMatchObject({ code: 0, signal: null });
    // Answered, by a process that was asked before it stopped, or refused by the router: never cut off.
    for (const { status } of await Promise.all(answers)) expect([201, 502, 503]).toContain(status);
    await Promise.all(names.map((name) => stack.process(name).start()));
  });
});
