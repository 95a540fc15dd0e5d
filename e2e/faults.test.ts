import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busSettings, connectBus } from '@ticketing/core';
import { silentLog } from '@ticketing/core/testing';
import { loadConfig } from '@ticketing/runtime';
import type { Express } from 'express';
import { Redis } from 'ioredis';
import request from 'supertest';
import { createLab } from '../scripts/lab/app.ts';
import { openMarket } from '../scripts/lab/market.ts';
import { busServices, services } from '../scripts/services.ts';
import { backingNames } from '../scripts/stack/system.ts';
import { startCollector } from './support/collector.ts';
import type { Span } from './support/collector.ts';
import { consumedEvents } from './support/consumed-events.ts';
import { eventually } from './support/eventually.ts';
import { visitors } from './support/http.ts';
import type { User } from './support/http.ts';
import { startLoad } from './support/load.ts';
import { checkInvariants } from './support/invariants.ts';
import { adapterQueries, alertQueries, panelQueries, startPrometheus } from './support/prometheus.ts';
import { answersTo } from './support/sessions.ts';
import { startTestStack } from './support/stack.ts';

/** So long that no hold ends between two steps of a test on a busy machine, and not longer, because tests wait for its end. */
const HOLD_SECONDS = 12;
/** Under load nothing is done with a certain hold, and everything has settled only when those of abandoned orders have ended. */
const HOLD_SECONDS_UNDER_LOAD = 4;

let collector: Awaited<ReturnType<typeof startCollector>>;
let stack: Awaited<ReturnType<typeof startTestStack>>;
let market: ReturnType<typeof visitors>;
let seller: User;
let buyer: User;

beforeAll(async () => {
  collector = await startCollector();
  stack = await startTestStack({
    client: true,
    env: {
      HOLD_SECONDS: String(HOLD_SECONDS),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      // Records what a visitor asks for, by a `traceparent`, and nothing else.
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    },
    processes: { orders: 2 },
  });
  market = visitors(stack.url);
  [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
});
afterAll(async () => {
  await stack.end();
  await collector.end();
});

const until = (id: string, status: string) =>
  eventually(
    async () => (await buyer.see(id)).body,
    (order) => order.status === status,
  );

/** Kills a process, or the first of a service, and waits until the supervisor has restarted it. */
async function killAndWait(name: string): Promise<void> {
  const one = stack.processes.find((each) => each.name === name || each.service === name);
  if (!one) throw new Error(`There is no process of ${name}.`);
  const before = one.pid;
  await one.kill('SIGKILL');
  await eventually(
    async () => one.pid !== undefined && one.pid !== before && (await one.isReady()),
    (isBack) => isBack,
  );
}

/** Restarts orders with these settings over those of the stack. */
async function restartOrders(env: Record<string, string>): Promise<void> {
  for (const name of ['orders-1', 'orders-2']) {
    await stack.process(name).stop();
    await stack.process(name).start(env);
  }
}

/** The metric `bus_connected` of a process: 1 or 0. */
async function busConnected(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^bus_connected\{.*\} (\d)$/m.exec(metrics)?.[1]);
}

const busProcesses = () => stack.processes.filter(({ service }) => (busServices as string[]).includes(service));

/** The spans of a purchase and of its page in their order: the service, and how the name begins. */
const PURCHASE = [
  ...['router POST /api/orders', 'orders POST /api/orders', 'orders publish order:created'],
  ...['tickets handle order:created', 'tickets publish ticket:updated', 'orders handle ticket:updated'],
  ...['router POST /api/payments', 'payments POST /api/payments', 'payments provider authorize'],
  ...['payments publish payment:authorized', 'orders handle payment:authorized', 'orders publish order:claimed'],
  ...['payments handle order:claimed', 'payments provider capture', 'payments publish payment:captured'],
  ...['orders handle payment:captured', 'orders publish order:completed', 'tickets handle order:completed'],
  ...['router GET /', 'client GET /orders/[id]', 'router GET /api/orders', 'orders GET /api/orders/:id'],
];

/** The first of these that has no span which starts when the one before it did, or later; undefined if none is missing. */
function firstMissing(spans: readonly Span[]): string | undefined {
  let since = 0n;
  return PURCHASE.find((wanted) => {
    const found = spans.find((span) => span.startedAt >= since && `${span.service} ${span.name}`.startsWith(wanted));
    since = found?.startedAt ?? since;
    return found === undefined;
  });
}

/** The spans whose parent is neither the click nor another of them, by name. */
function orphans(spans: readonly Span[], click: string): string[] {
  const ids = new Set<string | undefined>([click, ...spans.map(({ spanId }) => spanId)]);
  return spans.filter((span) => !ids.has(span.parentSpanId)).map(({ service, name }) => `${service} ${name}`);
}

describe('seen from outside', () => {
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  beforeAll(async () => {
    const observed = [...services, 'client', 'router'];
    prometheus = await startPrometheus(stack.processes.filter(({ service }) => observed.includes(service)));
  });
  afterAll(() => prometheus.end());

  it('at rest the condition of no alert holds', async () => {
    await eventually(
      async () => (await prometheus.query('min(count_over_time(up[1m]))'))[0] ?? 0,
      (scrapes) => scrapes >= 5,
    );
    // A process that answers a scrape late counts as down until the next one.
    await eventually(
      () => prometheus.named(alertQueries, 'with data'),
      (alerts) => alerts.length === 0,
    );
  });

  it('under load every query of the dashboards and of autoscalers has data', async () => {
    const load = await startLoad(stack.url, { pauseMs: 100 });
    try {
      await eventually(
        async () => {
          for (const path of ['/', '/auth/signin']) await (await fetch(stack.url + path)).text();
          // As often as there is something new.
          await delay(1000);
          return prometheus.named({ ...panelQueries, ...adapterQueries }, 'without data');
        },
        (empty) => empty.length === 0,
      );
    } finally {
      await load.stop();
    }
  });

  it('a purchase and its page are one trace: a tree from the click through all services and across the bus to the capture', async () => {
    const [traceId, click] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const visit = (path: string, body?: object) =>
      fetch(stack.url + path, {
        method: body ? 'POST' : 'GET',
        headers: {
          ...{ traceparent: `00-${traceId}-${click}-01`, cookie: buyer.cookie },
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    const { id: ticketId } = (await seller.list()).body;
    await eventually(
      () => visit('/api/orders', { ticketId }),
      ({ status }) => status === 201,
    );
    const orderId = `${ticketId}-1`;
    await until(orderId, 'awaiting:payment');
    // The copy of payments may be a moment behind.
    const paid = await eventually(
      () => visit('/api/payments', { orderId, paymentMethod: 'pm_card_visa' }),
      ({ status }) => status !== 404,
    );
    expect(paid.status).toBe(201);
    await eventually(
      async () => (await market.ticket(ticketId)).body.status,
      (status) => status === 'sold',
    );
    expect((await visit(`/orders/${orderId}`)).status).toBe(200);

    // Each process sends its spans some seconds later.
    await eventually(
      () => {
        const spans = collector.trace(traceId);
        return { missing: firstMissing(spans), orphans: orphans(spans, click) };
      },
      (now) => now.missing === undefined && now.orphans.length === 0,
    );
    const spans = collector.trace(traceId);
    const page = spans.find(({ service }) => service === 'client');
    expect(spans.find(({ spanId }) => spanId === page?.parentSpanId)?.service).toBe('router');
    expect(spans.find(({ parentSpanId }) => parentSpanId === page?.spanId)?.service).toBe('router');
  });
});

describe('under load', () => {
  beforeAll(() => restartOrders({ HOLD_SECONDS: String(HOLD_SECONDS_UNDER_LOAD) }));
  afterAll(() => restartOrders({}));

  it.each([...services.map((service) => `${service}-1`), 'sandbox', 'mongodb', 'redis', 'nats', 'router'])(
    'a SIGKILL of %s loses no acknowledged write and violates no invariant',
    async (name) => {
      // Paced: the faults are what is tested, and a load that fills the processors only makes them slower to see.
      const load = await startLoad(stack.url, { pauseMs: 100 });
      await eventually(
        () => load.acknowledged.orders.length,
        (count) => count > 10,
      );
      await killAndWait(name);
      const reached = load.acknowledged.orders.length;
      await eventually(
        () => load.acknowledged.orders.length,
        (count) => count > reached + 10,
      );
      await load.stop();
      const { broken } = await checkInvariants(stack, { acknowledged: load.acknowledged });
      expect(broken).toEqual([]);
      expect(Object.keys(load.answers()).filter((answer) => answer.endsWith(' 500'))).toEqual([]);
    },
  );
});

describe('a copied cookie', () => {
  /** What each process of each service answers to a request with this cookie. */
  const answers = async (cookie: string) => (await answersTo(stack, cookie)).map(({ status }) => status);
  const isRefused = (statuses: number[]) => statuses.every((status) => status === 401);
  const accepted = expect.not.arrayContaining([401]) as unknown;
  const signOut = ({ cookie }: User) =>
    fetch(`${stack.url}/api/users/signout`, { method: 'POST', headers: { cookie, origin: stack.url } });

  it('is refused by every process after the sign-out, and by one that restarts', async () => {
    const user = await market.signUp();
    expect(await answers(user.cookie)).toEqual(accepted);
    expect((await signOut(user)).status).toBe(200);
    await eventually(() => answers(user.cookie), isRefused);
    for (const name of ['tickets-1', 'orders-1', 'payments-1']) await killAndWait(name);
    expect(await answers(user.cookie)).toEqual([401, 401, 401, 401, 401]);
    expect(await answers(buyer.cookie)).toEqual(accepted);
  });

  it('is refused by auth at once while the bus is down, and by every process after its return', async () => {
    const user = await market.signUp();
    const nats = stack.process('nats');
    await nats.stop();
    expect((await signOut(user)).status).toBe(200);
    const auth = await fetch(`${stack.url}/api/users/sessions`, { headers: { cookie: user.cookie } });
    expect(auth.status).toBe(401);
    await nats.start();
    await eventually(
      () => Promise.all(busProcesses().map(({ adminUrl }) => busConnected(adminUrl))),
      (values) => values.every((value) => value === 1),
    );
    await eventually(() => answers(user.cookie), isRefused);
  });
});

describe('while the bus is down', () => {
  it('listing, ordering and cancelling work, and all events are delivered once it is back', async () => {
    const before = (await seller.list()).body;
    const order = await buyer.orderNew(before.id);
    expect(order.status).toBe(201);
    // Otherwise its hold would have to end before everything has settled.
    expect((await buyer.cancel(order.body.id)).status).toBe(200);
    const ready = await Promise.all(Array.from({ length: 3 }, async () => (await seller.list()).body));
    await checkInvariants(stack);

    await stack.process('nats').kill('SIGKILL');
    // The stop prevents the restart.
    await stack.process('nats').stop();
    const listed = await seller.list();
    expect(listed.status).toBe(201);
    const orders = await Promise.all(ready.map(({ id }) => buyer.order(id)));
    expect(orders.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect((await buyer.cancel(`${String(ready[0]?.id)}-1`)).status).toBe(200);
    await eventually(
      () => Promise.all(busProcesses().map(({ adminUrl }) => busConnected(adminUrl))),
      (values) => values.every((value) => value === 0),
    );
    expect((await seller.list()).status).toBe(201);
    await stack.process('nats').start();

    const { broken } = await checkInvariants(stack);
    expect(broken).toEqual([]);
    expect((await buyer.order(listed.body.id)).status).toBe(201);
  });
});

describe('when Redis has lost everything', () => {
  it('orders still expire', async () => {
    const ticket = (await seller.list()).body;
    const { id } = (await buyer.orderNew(ticket.id)).body;
    await until(id, 'awaiting:payment');
    const redis = new Redis(stack.backing.redis);
    await redis.flushall();
    redis.disconnect();
    expect((await until(id, 'cancelled')).reason).toBe('expired');
  });
});

describe('the failure lab', () => {
  /** Presses a button of the lab's page, and resolves to the page that it leads to. */
  async function press(lab: Express, action: string, body: Record<string, string> = {}): Promise<string> {
    const headers = { host: '127.0.0.1', 'sec-fetch-site': 'same-origin' };
    expect((await request(lab).post(action).set(headers).type('form').send(body)).status).toBe(303);
    const { text } = await request(lab).get('/').set('host', '127.0.0.1');
    expect(text.match(/Failed: [^<]*/g)).toBeNull();
    return text;
  }
  const handled = async (name: string, event: string) => {
    const text = await (await fetch(`${stack.process(name).adminUrl}/metrics`)).text();
    return Number(
      new RegExp(`^events_handled_total\\{[^}]*event="${event}"[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    );
  };

  it('pauses, kills and restarts processes, has messages and clocks go wrong, and leaves a marketplace as it was, with every invariant held', async () => {
    const market = openMarket(stack.folder);
    const lab = createLab(market, () => new Date());

    const killed = stack.process('tickets-1').pid;
    await press(lab, '/processes/tickets-1/kill');
    await eventually(
      async () => {
        const one = stack.process('tickets-1');
        return one.pid !== killed && (await one.isReady());
      },
      (isBack) => isBack,
    );
    expect(await press(lab, '/processes/expiration-1/pause')).toContain('expiration-1 is paused');
    const expired = (await buyer.orderNew((await seller.list()).body.id)).body;
    expect((await until(expired.id, 'cancelled')).reason).toBe('expired');
    await press(lab, '/processes/expiration-1/go-on');

    // Lost on its way to tickets: the order stays `created`, until its event is resent ten seconds later.
    await press(lab, '/messages', { delivery: 'tickets order:created', fault: 'drop' });
    const lost = (await buyer.orderNew((await seller.list()).body.id)).body;
    await eventually(
      () => market.inForce(),
      (faults) => faults.length === 0,
    );
    expect((await buyer.cancel(lost.id)).status).toBe(200);
    expect((await until(lost.id, 'cancelled')).history.map(({ status }) => status)).toEqual(['created', 'cancelled']);

    const before = await handled('tickets-1', 'order:created');
    const crashing = stack.process('payments-1').pid;
    await press(lab, '/messages', { delivery: 'tickets order:created', fault: 'repeat' });
    await press(lab, '/messages', { delivery: 'payments order:claimed', fault: 'crash' });
    const paid = (await buyer.orderNew((await seller.list()).body.id)).body;
    await until(paid.id, 'awaiting:payment');
    // The crash cuts the answer off, which waits a second for the capture: the buyer can't know the outcome, and the payment
    // completes.
    expect([502, 201]).toContain((await buyer.payNew(paid.id)).status);
    await until(paid.id, 'complete');
    await eventually(
      () => handled('tickets-1', 'order:created'),
      (count) => count >= before + 2,
    );
    await eventually(
      () => stack.process('payments-1').isReady(),
      (isReady) => isReady && stack.process('payments-1').pid !== crashing,
    );

    // The provider declines a good card once.
    const held = (await buyer.orderNew((await seller.list()).body.id)).body;
    await until(held.id, 'awaiting:payment');
    await press(lab, '/faults/provider-declines');
    expect((await buyer.payNew(held.id)).status).toBe(402);
    const orderedAt = Date.parse((await buyer.see(held.id)).body.serverNow);
    expect(await press(lab, '/faults/clock-jump')).toContain('15 minutes ahead');
    expect((await until(held.id, 'cancelled')).reason).toBe('expired');
    // A busy process takes the jump a moment later.
    const passed = async () => Date.parse((await buyer.see(held.id)).body.serverNow) - orderedAt;
    await eventually(passed, (ms) => ms > 14 * 60_000);
    expect((await buyer.pay(held.id)).status).not.toBe(201);

    await market.leave();
    const ahead = async () => Date.parse((await buyer.see(held.id)).body.serverNow) - Date.now();
    await eventually(ahead, (ms) => Math.abs(ms) < 60_000);
    const { broken } = await checkInvariants(stack);
    expect(broken).toEqual([]);
  });
});

describe('a poison message', () => {
  interface Letters {
    count: number;
    deadLetters: { id: string; subject: string; text: string; error: string }[];
  }

  it('on any subject is dead-lettered by every consumer, counted and replayable, and delays no other message', async () => {
    const settings = { ...process.env, NATS_URL: stack.backing.nats, INSTANCE: 'poison-test' };
    const bus = connectBus(loadConfig(busSettings, settings), silentLog);
    await bus.whenConnected;
    const subjects = [...new Set(Object.values(consumedEvents).flat())];
    for (const subject of subjects) {
      await bus.publish(subject, 'this is not JSON');
      await bus.publish(
        subject,
        JSON.stringify({ id: 'x', name: subject, at: new Date().toISOString(), data: { id: 7 } }),
      );
    }
    await bus.close();

    const ticket = (await seller.list()).body;
    const { id } = (await buyer.orderNew(ticket.id)).body;
    expect((await buyer.payNew(id)).status).toBe(201);
    await until(id, 'complete');

    for (const [name, consumed] of Object.entries(consumedEvents)) {
      const { adminUrl: url } = stack.process(`${name}-1`);
      const letters = await eventually(
        async () => (await (await fetch(`${url}/dead-letters`)).json()) as Letters,
        ({ count }) => count === 2 * consumed.length,
      );
      for (const subject of consumed) {
        const errors = letters.deadLetters.filter((letter) => letter.subject === subject).map(({ error }) => error);
        expect(errors.sort()).toEqual([
          expect.stringContaining('the data is malformed'),
          expect.stringContaining('is not JSON'),
        ]);
      }
      const [first] = letters.deadLetters;
      const replayed = await fetch(`${url}/dead-letters/${String(first?.id)}/replay`, { method: 'POST' });
      expect(replayed.status).toBe(409);
      const dropped = await fetch(`${url}/dead-letters/${String(first?.id)}`, { method: 'DELETE' });
      expect(dropped.status).toBe(200);
      expect(await (await fetch(`${url}/dead-letters`)).json()).toMatchObject({ count: 2 * consumed.length - 1 });
    }
  });
});

describe('SIGTERM', () => {
  it('ends each process with exit code 0 after its requests in flight are answered', async () => {
    const names = stack.processes
      .filter(({ service }) => ![...backingNames, 'router'].includes(service))
      .map(({ name }) => name);
    const tickets = await Promise.all(Array.from({ length: 20 }, async () => (await seller.list()).body));
    await checkInvariants(stack);
    const answers = tickets.map(({ id }) => buyer.order(id));
    const endings = await Promise.all(names.map(async (name) => ({ name, ...(await stack.process(name).stop()) })));
    expect(endings).toEqual(names.map((name) => ({ name, code: 0, signal: null })));
    // Answered by the process before it stopped, or refused by the router: never a broken connection.
    for (const { status } of await Promise.all(answers)) expect([201, 502, 503]).toContain(status);
    await Promise.all(names.map((name) => stack.process(name).start()));
  });
});
