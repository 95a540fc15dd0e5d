import { freeTickets, newId, settled } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, inLanes, percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';

const BUYERS = 32;
/**
 * Looking is no part of a purchase, and twelve looks at an order would cost more than the purchase itself: a lane looks
 * seldom, and how long a purchase took is read off the order's own history afterwards.
 */
const LOOK_AGAIN_MS = 100;

/** Whole purchases through the router (place, authorise, wait until complete), beside bare inserts into the store. */
export async function purchase(bench: Bench): Promise<void> {
  await bench.compare({
    scenario: 'a whole purchase',
    name: `${BUYERS} buyers`,
    ours: () => buy(bench),
    ceiling: { name: 'bare inserts into the store', measure: () => insert(bench) },
  });
}

/** Buys for a while and gives how many purchases were completed a second of the whole span, and how long each took. */
export async function buy(bench: Bench): Promise<Round> {
  const { stack, buyer, collection } = bench;
  const seconds = bench.seconds * 2;
  const free = await freeTickets(bench, 300 * seconds);
  const bought: string[] = [];
  const startedAt = Date.now();
  await inLanes(BUYERS, seconds, async () => {
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
    // Under the heaviest load the hold may take longer than the service waits for it: a buyer tries again.
    while (paid.status === 409) paid = await pay();
    if (paid.status !== 201) throw new Error(`paying answered ${paid.status}: ${JSON.stringify(paid.body)}`);
    for (let status = ''; status !== 'complete';) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      status = (await call<{ status: string }>('GET', `${stack.url}/api/orders/${orderId}`, { cookie })).body.status;
    }
    bought.push(orderId);
  });
  await settled(bench);
  const orders = await collection<{ _id: string; createdAt: string; updatedAt: string }>('orders', 'orders')
    .find({ _id: { $in: bought } }, { projection: { createdAt: 1, updatedAt: 1 } })
    .toArray();
  // An order's last change is that it is complete.
  const completedAt = orders.map(({ updatedAt }) => Date.parse(updatedAt));
  const times = orders.map(({ createdAt }, index) => (completedAt[index] ?? NaN) - Date.parse(createdAt));
  return { 'per second': (orders.length * 1000) / (Math.max(...completedAt) - startedAt), ...percentiles(times) };
}

async function insert({ collection, seconds }: Bench): Promise<Round> {
  const documents = collection('bare', 'documents');
  const startedAt = performance.now();
  const count = await inLanes(BUYERS, seconds, async () => {
    await documents.insertOne({ _id: newId() });
  });
  return { 'per second': (count * 1000) / (performance.now() - startedAt) };
}
