import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { visitors } from './support/http.ts';
import type { Order, User } from './support/http.ts';
import { checkInvariants } from './support/invariants.ts';
import { startMarketplace } from './support/stack.ts';
import type { Marketplace } from './support/stack.ts';

/** So long that no hold ends between two steps of a test on a busy machine, and not longer, because tests wait for its end. */
const HOLD_SECONDS = 12;

let stack: Marketplace;
let market: ReturnType<typeof visitors>;
let seller: User;
let buyer: User;

beforeAll(async () => {
  stack = await startMarketplace({ env: { HOLD_SECONDS: String(HOLD_SECONDS) }, processes: { orders: 2 } });
  market = visitors(stack.url);
  [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
});
afterAll(() => stack.end());

const until = (id: string, status: string, by = buyer) =>
  eventually(
    async () => (await by.see(id)).body,
    (order) => order.status === status,
  );
const untilTicket = (id: string, status: string) =>
  eventually(
    async () => (await market.ticket(id)).body.status,
    (now) => now === status,
  );
const ledger = async (orderId: string) => {
  const answer = await fetch(`${stack.process('sandbox').url}/ledger/${orderId}`);
  const { authorized, captured, voided } = (await answer.json()) as Record<string, { count: number; amount: number }>;
  return {
    authorized: authorized?.count,
    captured: captured?.amount,
    captures: captured?.count,
    voided: voided?.count,
  };
};

/** Confirms the payment of an order at the bank, or refuses to, as the buyer does in the bank's own app. */
async function atTheBank(orderId: string, outcome: 'succeeded' | 'failed'): Promise<Response> {
  const { url } = stack.process('sandbox');
  const { paymentIntents } = (await (await fetch(`${url}/ledger/${orderId}`)).json()) as {
    paymentIntents: { id: string }[];
  };
  return fetch(`${url}/sandbox/payment_intents/${paymentIntents[0]?.id ?? 'none'}/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ outcome }),
  });
}

async function ordered(): Promise<{ ticketId: string; order: Order }> {
  const ticket = (await seller.list()).body;
  const answer = await buyer.orderNew(ticket.id);
  expect(answer.status).toBe(201);
  return { ticketId: ticket.id, order: answer.body };
}

describe('an order', () => {
  it('is complete once it is paid in time: the ticket is sold and the price captured once', async () => {
    const { ticketId, order } = await ordered();
    await untilTicket(ticketId, 'held');
    // Otherwise the authorisation may arrive before the hold, and the order is claimed without awaiting its payment.
    await until(order.id, 'awaiting:payment');
    expect((await buyer.payNew(order.id)).status).toBe(201);
    const { history } = await until(order.id, 'complete');
    expect(history.map(({ status }) => status)).toEqual(['created', 'awaiting:payment', 'capturing', 'complete']);
    await untilTicket(ticketId, 'sold');
    expect(await ledger(order.id)).toEqual({ authorized: 1, captured: 2000, captures: 1, voided: 0 });
    expect((await (await market.signUp()).order(ticketId)).status).toBe(409);
  });

  it('expires unpaid, not before its time, and the ticket is available again', async () => {
    const { ticketId, order } = await ordered();
    await until(order.id, 'awaiting:payment');
    const { reason, expiresAt, history } = await until(order.id, 'cancelled');
    expect(reason).toBe('expired');
    expect(Date.parse(history.at(-1)?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    await untilTicket(ticketId, 'listed');
    expect((await buyer.pay(order.id)).status).toBe(409);
    expect(await ledger(order.id)).toMatchObject({ authorized: 0, captures: 0 });
    expect((await buyer.order(ticketId)).body.id).toBe(`${ticketId}-2`);
  });

  it('releases the ticket at once when it is cancelled', async () => {
    const { ticketId, order } = await ordered();
    expect((await buyer.cancel(order.id)).status).toBe(200);
    await untilTicket(ticketId, 'listed');
    expect((await (await market.signUp()).order(ticketId)).status).toBe(201);
  });

  it('can be paid with another card after a decline', async () => {
    const { order } = await ordered();
    const declined = await buyer.payNew(order.id, 'pm_card_chargeDeclinedInsufficientFunds');
    expect(declined.status).toBe(402);
    expect(declined.body).toMatchObject({ errors: [{ code: 'card-declined', declineCode: 'insufficient_funds' }] });
    expect((await buyer.payNew(order.id)).status).toBe(201);
    await until(order.id, 'complete');
  });

  it('is complete when the buyer confirms the payment at the bank and the browser never comes back', async () => {
    const { order } = await ordered();
    expect((await buyer.payNew(order.id, 'pm_card_authenticationRequired')).status).toBe(402);
    expect((await atTheBank(order.id, 'succeeded')).status).toBe(200);
    await until(order.id, 'complete');
    expect(await ledger(order.id)).toEqual({ authorized: 1, captured: 2000, captures: 1, voided: 0 });
  });

  it('expires when the buyer does not confirm the payment at the bank in time, and a later confirmation moves no money', async () => {
    const { order } = await ordered();
    expect((await buyer.payNew(order.id, 'pm_card_authenticationRequired')).status).toBe(402);
    expect((await until(order.id, 'cancelled')).reason).toBe('expired');
    await eventually(
      () => atTheBank(order.id, 'succeeded'),
      ({ status }) => status === 400,
    );
    // A confirmation may come just before the void; it is then voided.
    const { captures } = await eventually(
      () => ledger(order.id),
      ({ authorized, voided }) => authorized === voided,
    );
    expect(captures).toBe(0);
  });

  it('is cancelled when the bank drops the authorisation before the capture, and the ticket is available again', async () => {
    const { ticketId, order } = await ordered();
    expect((await buyer.payNew(order.id, 'pm_sandbox_captureFails')).status).toBe(201);
    expect((await until(order.id, 'cancelled')).reason).toBe('payment-failed');
    await untilTicket(ticketId, 'listed');
    expect(await ledger(order.id)).toMatchObject({ captures: 0 });
  });

  it('is hidden from other users', async () => {
    const { order } = await ordered();
    const stranger = await market.signUp();
    expect((await stranger.see(order.id)).status).toBe(404);
    expect((await stranger.cancel(order.id)).status).toBe(404);
    expect((await stranger.pay(order.id)).status).toBe(404);
  });
});

describe('a held ticket', () => {
  it('is not listed, and its seller can not change it', async () => {
    const { ticketId } = await ordered();
    await untilTicket(ticketId, 'held');
    const list = await market.api<{ tickets: { id: string }[] }>('GET', '/tickets?limit=100');
    expect(list.body.tickets.map(({ id }) => id)).not.toContain(ticketId);
    expect((await seller.edit(ticketId, { title: 'Concert', price: { amount: 99, currency: 'usd' } })).status).toBe(
      409,
    );
  });
});

describe('fifty buyers', () => {
  it('racing for each of 20 tickets at two instances of orders: exactly one gets it', async () => {
    const buyers = await Promise.all(Array.from({ length: 50 }, () => market.signUp()));
    const tickets = await Promise.all(Array.from({ length: 20 }, async () => (await seller.list()).body));
    for (const { id } of tickets) {
      const answers = await Promise.all(buyers.map((one) => one.orderNew(id)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    }
  });
});

describe('payments around the moment of expiry', () => {
  it('leave the order complete and captured once, or cancelled and never captured', async () => {
    const placed = async () => {
      const { order } = await ordered();
      return { id: order.id, endsAt: Date.now() + Date.parse(order.expiresAt) - Date.parse(order.serverNow) };
    };
    // Some are paid at once, before the others keep a slow machine busy until their holds end.
    const paid = [];
    for (let count = 0; count < 5; count++) {
      const order = await placed();
      await buyer.payNew(order.id);
      paid.push(order);
    }
    const others = await Promise.all(Array.from({ length: 55 }, placed));
    await Promise.all(
      others.map(async ({ id, endsAt }, index) => {
        // The last ones too late, so that both ends occur; the others from a second before the end to a second after.
        const at = index >= 50 ? endsAt + 1500 : endsAt - 1000 + (index / 50) * 2000;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
        await buyer.pay(id);
      }),
    );
    const orders = [...paid, ...others];
    const ends = await Promise.all(
      orders.map(async ({ id }) => {
        const { status } = await eventually(
          async () => (await buyer.see(id)).body,
          (order) => order.status === 'complete' || order.status === 'cancelled',
        );
        const { captures } = await ledger(id);
        return `${status} ${captures ?? 'unknown'}`;
      }),
    );
    expect(new Set(ends)).toEqual(new Set(['complete 1', 'cancelled 0']));
  });
});

describe('when the marketplace is idle', () => {
  it('every invariant holds', async () => {
    const { broken, counts } = await checkInvariants(stack);
    expect(broken).toEqual([]);
    expect(counts.complete).toBeGreaterThan(0);
    expect(counts.cancelled).toBeGreaterThan(0);
  });
});
