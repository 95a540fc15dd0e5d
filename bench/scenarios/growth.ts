import { freeTickets, newId, seedPastOrders } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load } from '../harness.ts';
import type { Round } from '../harness.ts';
import { insertBare, placeOrders } from './order.ts';
import { buy } from './purchase.ts';

const OWN_ORDERS = 5;

/** What people do, after 10,000 and after 100,000 past orders; beside what the store, or a static page, alone takes then. */
export async function growth(bench: Bench): Promise<void> {
  const { at, ceilings, stack } = bench;
  // There is much to read, and eight visitors read often enough.
  const seconds = bench.seconds / 2;
  // Somebody whose own orders are no more in the end than at first.
  const cookie = await bench.newBuyer();
  for (const ticketId of (await freeTickets(bench, OWN_ORDERS)).splice(-OWN_ORDERS))
    await call('POST', `${at('orders')}/api/orders`, { body: { ticketId }, cookie });
  const bare = { _id: newId(), title: 'Concert', price: { amount: 2000, currency: 'usd' }, status: 'listed' };
  await call('POST', `${ceilings.express}/insert`, { body: bare });
  const get = (url: string) => async (): Promise<Round> =>
    (await load({ url, connections: 8, seconds, request: () => ({ headers: { cookie } }) })).figures;
  const find = { name: 'bare find by id', measure: get(`${ceilings.express}/find/${bare._id}`) };
  const sortedFind = { name: 'bare sorted find', measure: get(`${ceilings.express}/page`) };
  const staticPage = { name: 'bare static page by Next', measure: get(ceilings.page) };
  let there = 0;
  for (const size of [10_000, 100_000]) {
    await seedPastOrders(bench, size - there);
    there = size;
    const [ticket = ''] = await freeTickets(bench, 100);
    const compared = {
      'a ticket': { ours: get(`${at('tickets')}/api/tickets/${ticket}`), ceiling: find },
      'the list': { ours: get(`${at('tickets')}/api/tickets`), ceiling: sortedFind },
      'a search': { ours: get(`${at('tickets')}/api/tickets?search=concert`), ceiling: sortedFind },
      'the list page': { ours: get(`${stack.url}/`), ceiling: staticPage },
      'a ticket page': { ours: get(`${stack.url}/tickets/${ticket}`), ceiling: staticPage },
      'my orders': {
        ours: get(`${at('orders')}/api/orders`),
        ceiling: { name: 'bare find by a field', measure: get(`${ceilings.express}/mine/nobody`) },
      },
      'place an order': {
        ours: () => placeOrders(bench, 8),
        ceiling: { name: 'bare insert', measure: () => insertBare(bench, 8) },
      },
      'a whole purchase': {
        ours: () => buy(bench),
        ceiling: { name: 'bare insert', measure: () => insertBare(bench, 8) },
      },
    };
    for (const [name, { ours, ceiling }] of Object.entries(compared))
      await bench.compare({ scenario: 'growth', name: `${name}, ${size} past orders`, ours, ceiling });
  }
}
