import { freeTickets, seedPastOrders } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load } from '../harness.ts';
import type { Round } from '../harness.ts';
import { insertBare, placeOrders } from './order.ts';
import { buy } from './purchase.ts';

const OWN_ORDERS = 5;

/** What people do most, after 10,000 and after 100,000 past orders; beside what the store alone takes then. */
export async function growth(bench: Bench): Promise<void> {
  const { at, ceilings, seconds } = bench;
  // Somebody whose own orders are no more in the end than at first.
  const cookie = await bench.newBuyer();
  for (const ticketId of (await freeTickets(bench, OWN_ORDERS)).splice(-OWN_ORDERS))
    await call('POST', `${at('orders')}/api/orders`, { body: { ticketId }, cookie });
  let there = 0;
  for (const size of [10_000, 100_000]) {
    await seedPastOrders(bench, size - there);
    there = size;
    const [ticket = ''] = await freeTickets(bench, 100);
    const get = (url: string) => async (): Promise<Round> =>
      (await load({ url, connections: 8, seconds, request: () => ({ headers: { cookie } }) })).figures;
    const bare = { _id: ticket, title: 'Concert', price: { amount: 2000, currency: 'usd' }, status: 'listed' };
    await call('POST', `${ceilings.express}/insert`, { body: bare });
    const find = { name: 'bare find by id', measure: get(`${ceilings.express}/find/${ticket}`) };
    const compared = {
      'a ticket': { ours: get(`${at('tickets')}/api/tickets/${ticket}`), ceiling: find },
      'the list': {
        ours: get(`${at('tickets')}/api/tickets`),
        ceiling: { name: 'bare sorted find', measure: get(`${ceilings.express}/page`) },
      },
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
