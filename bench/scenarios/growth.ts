import { freeTickets, newId, seedPastOrders } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load } from '../harness.ts';
import type { Round } from '../harness.ts';
import { insertBare, placeOrders } from './order.ts';
import { buy } from './purchase.ts';

const OWN_ORDERS = 5;

/** The common requests after 10,000 and after 100,000 past orders, beside the bare store or a static page at that size. */
export async function growth(bench: Bench): Promise<void> {
  const { at, baselines, stack } = bench;
  // Many cases: short rounds at eight connections give enough samples.
  const seconds = bench.seconds / 2;
  // A buyer whose number of orders does not grow.
  const cookie = await bench.newBuyer();
  for (const ticketId of (await freeTickets(bench, OWN_ORDERS)).splice(-OWN_ORDERS))
    await call('POST', `${at('orders')}/api/orders`, { body: { ticketId }, cookie });
  const bare = { _id: newId(), title: 'Concert', price: { amount: 2000, currency: 'usd' }, status: 'listed' };
  await call('POST', `${baselines.express}/insert`, { body: bare });
  const get = (url: string) => async (): Promise<Round> =>
    (await load({ url, connections: 8, seconds, request: () => ({ headers: { cookie } }) })).figures;
  const find = { name: 'bare find by id', measure: get(`${baselines.express}/find/${bare._id}`) };
  const sortedFind = { name: 'bare sorted find', measure: get(`${baselines.express}/page`) };
  const staticPage = { name: 'bare static page by Next', measure: get(baselines.page) };
  let seeded = 0;
  for (const size of [10_000, 100_000]) {
    await seedPastOrders(bench, size - seeded);
    seeded = size;
    const [ticket = ''] = await freeTickets(bench, 100);
    const compared = {
      'a ticket': { ours: get(`${at('tickets')}/api/tickets/${ticket}`), baseline: find },
      'the list': { ours: get(`${at('tickets')}/api/tickets`), baseline: sortedFind },
      'a search': { ours: get(`${at('tickets')}/api/tickets?search=concert`), baseline: sortedFind },
      'the list page': { ours: get(`${stack.url}/`), baseline: staticPage },
      'a ticket page': { ours: get(`${stack.url}/tickets/${ticket}`), baseline: staticPage },
      'my orders': {
        ours: get(`${at('orders')}/api/orders`),
        baseline: { name: 'bare find by a field', measure: get(`${baselines.express}/mine/nobody`) },
      },
      'place an order': {
        ours: () => placeOrders(bench, 8),
        baseline: { name: 'bare insert', measure: () => insertBare(bench, 8) },
      },
      'a whole purchase': {
        ours: () => buy(bench),
        baseline: { name: 'bare insert', measure: () => insertBare(bench, 8) },
      },
    };
    for (const [name, { ours, baseline }] of Object.entries(compared))
      await bench.compare({ scenario: 'growth', name: `${name}, ${size} past orders`, ours, baseline });
  }
}
