import { setTimeout as delay } from 'node:timers/promises';
import { freeTickets, newId, untilIdle } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, percentiles, withConcurrency } from '../harness.ts';
import type { Round } from '../harness.ts';
import { compareSpeedUps } from './speed-ups.ts';

/** Frequent polls would cost more than the purchase; its duration comes from the order's history instead. */
const POLL_MS = 100;

/**
 * Whole purchases through the router (place, authorise, wait until complete), beside bare inserts into the store; and with the
 * speed-ups, beside the same marketplace without them.
 */
export async function purchase(bench: Bench): Promise<void> {
  for (const buyers of [1, 32])
    await bench.compare({
      scenario: 'a whole purchase',
      name: `${buyers} buyers`,
      ours: () => buy(bench, buyers),
      baseline: { name: 'bare inserts into the store', measure: () => insert(bench, buyers) },
    });
  await compareSpeedUps(bench, 'a whole purchase', {
    '1 buyer': (one) => buy(one, 1),
    '32 buyers': (one) => buy(one, 32),
  });
}

/**
 * Buys for a while and returns the completed purchases per second of the whole span, the CPU time of all processes for each, and how
 * long each took.
 */
export async function buy(bench: Bench, buyers = 32): Promise<Round> {
  const { stack, buyer, collection } = bench;
  const seconds = bench.seconds * 2;
  const free = await freeTickets(bench, 300 * seconds);
  const bought: string[] = [];
  const cpu = bench.cpu();
  const startedAt = Date.now();
  await withConcurrency(buyers, seconds, async () => {
    const cookie = buyer();
    const placed = await call<{ id: string }>('POST', `${stack.url}/api/orders`, {
      body: { ticketId: free.pop() },
      cookie,
    });
    if (placed.status !== 201) throw new Error(`placing an order answered ${placed.status}`);
    const orderId = placed.body.id;
    const pay = () =>
      call('POST', `${stack.url}/api/payments`, { body: { orderId, paymentMethod: 'pm_card_visa' }, cookie });
    let paid = await pay();
    // Under heavy load the hold may take longer than payments waits for it: the buyer retries.
    while (paid.status === 409) paid = await pay();
    if (paid.status !== 201) throw new Error(`paying answered ${paid.status}: ${JSON.stringify(paid.body)}`);
    const deadline = Date.now() + 60_000;
    for (let status = ''; status !== 'complete';) {
      if (Date.now() > deadline) throw new Error(`order ${orderId} was not complete within 60 s: ${status}`);
      await delay(POLL_MS);
      status = (await call<{ status: string }>('GET', `${stack.url}/api/orders/${orderId}`, { cookie })).body.status;
    }
    bought.push(orderId);
  });
  await untilIdle(bench);
  const cpuMs = (bench.cpu() - cpu) * 1000;
  const orders = await collection<{ _id: string; createdAt: string; updatedAt: string }>('orders', 'orders')
    .find({ _id: { $in: bought } }, { projection: { createdAt: 1, updatedAt: 1 } })
    .toArray();
  // An order's last change is that it is complete.
  const completedAt = orders.map(({ updatedAt }) => Date.parse(updatedAt));
  const times = orders.map(({ createdAt }, index) => (completedAt[index] ?? NaN) - Date.parse(createdAt));
  return {
    'per second': (orders.length * 1000) / (Math.max(...completedAt) - startedAt),
    'CPU ms': cpuMs / orders.length,
    ...percentiles(times),
  };
}

async function insert({ collection, seconds }: Bench, buyers: number): Promise<Round> {
  const documents = collection('bare', 'documents');
  const startedAt = performance.now();
  const count = await withConcurrency(buyers, seconds, async () => {
    await documents.insertOne({ _id: newId() });
  });
  return { 'per second': (count * 1000) / (performance.now() - startedAt) };
}
