import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from './candidate.ts';
import { untilQuiet } from './counters.ts';
import { call } from './harness.ts';
import type { Answer } from './harness.ts';

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

const RETRY_MS = 50;
const RETRIES = 20;

/**
 * Sends a visitor's request through the router, again after a moment where the answer is a 502 or 503: the routers of some commits
 * reuse connections that a service is about to close. Throws when the answer is neither a success nor `expected`.
 */
export async function send<T>(
  { url, name }: Candidate,
  method: string,
  path: string,
  options: { cookie: string; body?: object; expected?: number },
): Promise<Answer<T>> {
  for (let retry = 0; ; retry++) {
    const answer = await call<T>(method, url + path, options);
    const { status, body } = answer;
    if (status < 300 || status === options.expected) return answer;
    if ((status !== 502 && status !== 503) || retry === RETRIES)
      throw new Error(`${name}: ${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
    await delay(RETRY_MS);
  }
}

/** Lists a ticket through the API and returns its id. Throws when it is refused. */
export async function listTicket(candidate: Candidate, index = 0): Promise<string> {
  const options = { body: listing(index), cookie: candidate.seller };
  return (await send<{ id: string }>(candidate, 'POST', '/api/tickets', options)).body.id;
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
export async function buy(candidate: Candidate, cookie: string, ticketId: string, pauses: Pauses): Promise<number> {
  const startedAt = performance.now();
  const placed = await send<{ id: string }>(candidate, 'POST', '/api/orders', { body: { ticketId }, cookie });
  const { id } = placed.body;
  await until(['awaiting:payment', 'capturing', 'complete']);
  await send(candidate, 'POST', '/api/payments', { body: { orderId: id, paymentMethod: GOOD_CARD }, cookie });
  await until(['complete']);
  return performance.now() - startedAt;

  async function until(statuses: readonly string[]): Promise<void> {
    for (let poll = 0; ; poll++) {
      const { status } = (await send<{ status: string }>(candidate, 'GET', `/api/orders/${id}`, { cookie })).body;
      if (statuses.includes(status)) return;
      if (status === 'cancelled' || performance.now() - startedAt > PURCHASE_LIMIT_MS)
        throw new Error(`${candidate.name}: order ${id} is ${status} instead of ${statuses.join(' or ')}`);
      await delay(pauses(poll));
    }
  }
}
