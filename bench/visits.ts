import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from './candidate.ts';
import { untilQuiet } from './counters.ts';
import { call } from './harness.ts';

/** The sandbox's card that pays. */
const GOOD_CARD = 'pm_card_visa';
const PURCHASE_LIMIT_MS = 60_000;
const SELLERS = 16;

const listing = (index: number) => ({
  title: `Concert ${index}`,
  price: { amount: 2000 + (index % 500), currency: 'usd' },
  venue: 'Town Hall',
  startsAt: new Date(Date.now() + 365 * 86_400_000).toISOString(),
  timeZone: 'Europe/Berlin',
});

/** Lists a ticket through the API and returns its id. Throws unless the answer is a 201. */
export async function listTicket({ url, seller, name }: Candidate, index = 0): Promise<string> {
  const { status, body } = await call<{ id: string }>('POST', `${url}/api/tickets`, {
    body: listing(index),
    cookie: seller,
  });
  if (status !== 201) throw new Error(`${name}: listing a ticket answered ${status}: ${JSON.stringify(body)}`);
  return body.id;
}

/** Lists tickets through the API, and waits until all services know them. */
export async function listTickets(candidate: Candidate, count: number): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const sell = async () => {
    while (next < count) ids.push(await listTicket(candidate, next++));
  };
  await Promise.all(Array.from({ length: SELLERS }, sell));
  await untilQuiet(candidate);
  return ids;
}

/** The pause before each poll of an order: the first, the second and so on. */
export type Pauses = (poll: number) => number;

/** For one buyer: what a purchase takes must not depend on when the next poll is due. */
export const tightPauses: Pauses = () => 5;

/** For many buyers: polls that are as frequent would cost more than the purchases. */
export const growingPauses: Pauses = (poll) => Math.min(20 * 2 ** poll, 100);

/**
 * A whole purchase through the router: places the order, polls it until it awaits payment, pays, and polls it until it is
 * complete. Returns how long it took in milliseconds. Throws when an answer is unexpected.
 */
export async function buy({ url, name }: Candidate, cookie: string, ticketId: string, pauses: Pauses): Promise<number> {
  const startedAt = performance.now();
  const { id } = await ok<{ id: string }>('POST', '/api/orders', { ticketId });
  await until(['awaiting:payment', 'capturing', 'complete']);
  await ok('POST', '/api/payments', { orderId: id, paymentMethod: GOOD_CARD });
  await until(['complete']);
  return performance.now() - startedAt;

  async function ok<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await call<T>(method, url + path, { body, cookie });
    if (answer.status >= 300)
      throw new Error(`${name}: ${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async function until(statuses: readonly string[]): Promise<void> {
    for (let poll = 0; ; poll++) {
      const { status } = await ok<{ status: string }>('GET', `/api/orders/${id}`);
      if (statuses.includes(status)) return;
      if (status === 'cancelled' || performance.now() - startedAt > PURCHASE_LIMIT_MS)
        throw new Error(`${name}: order ${id} is ${status} instead of ${statuses.join(' or ')}`);
      await delay(pauses(poll));
    }
  }
}
