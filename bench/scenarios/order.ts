import { readLag } from '../../e2e/support/lag.ts';
import { freeTickets, newId, untilIdle } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load, percentile, percentiles, rest } from '../harness.ts';
import type { Round } from '../harness.ts';
import { place } from '../../orders/src/order.ts';
import { lagFigures } from './event-lag.ts';
import { compareSpeedUps } from './speed-ups.ts';

/** More than the service can take orders for in a second. */
const TICKETS_A_SECOND = 2000;
const SAMPLES = 80;

/**
 * Placing orders for separate tickets, beside a bare insert of a document of the same length, with the lag of their events and the CPU
 * time of all processes for each; and with the speed-ups, beside the same marketplace without them.
 */
export async function order(bench: Bench): Promise<void> {
  // V8 and the store are several times slower until they have seen a thousand orders.
  await placeOrders({ ...bench, seconds: bench.quick ? 5 : 15 }, 32);
  await bench.compare({
    scenario: 'place an order',
    name: '1 buyer, at rest',
    ours: () => placeAtRest(bench),
    baseline: { name: 'bare insert', measure: () => insertAtRest(bench) },
  });
  for (const connections of bench.quick ? [1, 32] : [1, 32, 128])
    await bench.compare({
      scenario: 'place an order',
      name: `${connections} buyers`,
      ours: () => placeOrders(bench, connections),
      baseline: { name: 'bare insert', measure: () => insertBare(bench, connections) },
    });
  await compareSpeedUps(bench, 'place an order', {
    '1 buyer': (one) => placeOrders(one, 1),
    '32 buyers': (one) => placeOrders(one, 32),
  });
}

/** Places orders over `connections` connections and waits until the marketplace is idle. */
export async function placeOrders(bench: Bench, connections: number): Promise<Round> {
  const { at, buyer, seconds, collection } = bench;
  const free = await freeTickets(bench, TICKETS_A_SECOND * seconds);
  const before = await readLag(bench.stack.processes);
  const from = new Date().toISOString();
  const cpu = bench.cpu();
  const { figures } = await load({
    url: `${at('orders')}/api/orders`,
    connections,
    seconds,
    expect: [201],
    request: () => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: buyer() },
      body: JSON.stringify({ ticketId: free.pop() }),
    }),
  });
  await untilIdle(bench);
  const cpuMs = (bench.cpu() - cpu) * 1000;
  const placed = await collection<{ _id: string; history: { at: string }[] }>('orders', 'orders')
    .find({ createdAt: { $gte: from } }, { projection: { history: 1 } })
    .toArray();
  const waits = placed.map(({ history: [created, reserved] }) =>
    created && reserved ? Date.parse(reserved.at) - Date.parse(created.at) : 0,
  );
  return {
    ...figures,
    'CPU ms': cpuMs / placed.length,
    'until awaiting:payment p50 ms': percentile(waits, 0.5),
    'until awaiting:payment p99 ms': percentile(waits, 0.99),
    ...lagFigures(before, await readLag(bench.stack.processes)),
  };
}

/** Places one order after another, each when the marketplace is idle. */
async function placeAtRest(bench: Bench): Promise<Round> {
  const { at, buyer, quick } = bench;
  const free = await freeTickets(bench, SAMPLES);
  const times: number[] = [];
  for (let sample = 0; sample < (quick ? SAMPLES / 4 : SAMPLES); sample++) {
    const { status, ms } = await call('POST', `${at('orders')}/api/orders`, {
      body: { ticketId: free.pop() },
      cookie: buyer(),
    });
    if (status !== 201) throw new Error(`placing an order answered ${status}`);
    times.push(ms);
    await untilIdle(bench);
    await rest();
  }
  return percentiles(times);
}

async function insertAtRest(bench: Bench): Promise<Round> {
  const { baselines, quick } = bench;
  const body = bareOrder();
  const times: number[] = [];
  for (let sample = 0; sample < (quick ? SAMPLES / 4 : SAMPLES); sample++) {
    const { ms } = await call('POST', `${baselines.express}/insert`, { body: { ...body, _id: newId() } });
    times.push(ms);
    await untilIdle(bench);
    await rest();
  }
  return percentiles(times);
}

/** A document of the length of an order. */
function bareOrder(): object {
  const offer = { title: 'Concert 1', price: { amount: 2000, currency: 'usd' }, venue: 'Town Hall' };
  const placed = { ticketId: newId(), number: 1, userId: newId(), offer, holdSeconds: 900 };
  const { state, events } = place(placed, new Date());
  return { ...state, outbox: events };
}

/** Inserts documents of the length of an order over a bare route. */
export async function insertBare({ baselines, seconds }: Bench, connections: number): Promise<Round> {
  const body = bareOrder();
  const { figures } = await load({
    url: `${baselines.express}/insert`,
    connections,
    seconds,
    expect: [201],
    request: () => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, _id: newId() }),
    }),
  });
  return figures;
}
