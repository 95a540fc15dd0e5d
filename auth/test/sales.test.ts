import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { OrderData } from '@ticketing/common';
import { deliver, dropTestStore, randomTicketId, randomUser, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import type { AuthContext } from '../src/context.ts';
import type { Letter } from '../src/mail/transport.ts';
import { subscriptions } from '../src/subscriptions.ts';
import { SITE_URL, testContext } from './builders.ts';

const letters: Letter[] = [];
let connection: Connection;
let context: AuthContext;
beforeAll(async () => {
  connection = await testStore();
  context = await testContext(connection, undefined, (letter) => {
    letters.push(letter);
    return Promise.resolve();
  });
});
afterAll(() => dropTestStore(connection));

async function newAccount() {
  const { id, email } = randomUser();
  await context.users.create([{ _id: id, email, passwordHash: 'none', createdAt: new Date().toISOString() }]);
  return { id, email };
}

const orderOf = (userId: string, sellerId?: string): OrderData => {
  const ticketId = randomTicketId();
  return {
    ...{ id: `${ticketId}-1`, version: 3, ticketId, number: 1, userId, status: 'complete' },
    ...(sellerId !== undefined && { sellerId }),
    offer: { title: 'Riverside Jazz', price: { amount: 4950, currency: 'eur' } },
    expiresAt: '2026-12-01T12:15:00.000Z',
  };
};

async function complete(order: OrderData): Promise<void> {
  await deliver(subscriptions(context), { name: 'order:completed', data: order });
  await context.mails.sendDue();
}
const lettersTo = (email: string) => letters.filter(({ to }) => to === email);

describe('a completed order', () => {
  it('mails the receipt to its buyer and the sale to its seller', async () => {
    const [buyer, seller] = [await newAccount(), await newAccount()];
    const order = orderOf(buyer.id, seller.id);
    await complete(order);
    expect(lettersTo(buyer.email)).toEqual([
      expect.objectContaining({ subject: 'Your ticket: Riverside Jazz', text: expect.stringContaining('49.50 EUR') }),
    ]);
    expect(lettersTo(buyer.email)[0]?.text).toContain(`${SITE_URL}/orders/${order.id}\n`);
    expect(lettersTo(seller.email)).toEqual([expect.objectContaining({ subject: 'Sold: Riverside Jazz' })]);
    expect(lettersTo(seller.email)[0]?.text).toContain(`${SITE_URL}/tickets/${order.ticketId}\n`);
  });

  it('sends each mail once, however often and how late the event comes', async () => {
    const [buyer, seller] = [await newAccount(), await newAccount()];
    const order = orderOf(buyer.id, seller.id);
    await Promise.all([complete(order), complete(order)]);
    await complete({ ...order, version: 4 });
    expect([lettersTo(buyer.email).length, lettersTo(seller.email).length]).toEqual([1, 1]);
  });

  it('looks up the readers of several letters by one query', async () => {
    const [buyer, seller] = [await newAccount(), await newAccount()];
    const find = jest.spyOn(context.users, 'find');
    await complete(orderOf(buyer.id, seller.id));
    expect(find).toHaveBeenCalledTimes(1);
    find.mockRestore();
    expect([lettersTo(buyer.email).length, lettersTo(seller.email).length]).toEqual([1, 1]);
  });

  it('mails the receipt where the event does not tell the seller', async () => {
    const buyer = await newAccount();
    await complete(orderOf(buyer.id));
    expect(lettersTo(buyer.email)).toHaveLength(1);
  });

  it('mails nothing to an account that was deleted', async () => {
    const before = letters.length;
    await complete(orderOf(randomUser().id, randomUser().id));
    expect(letters).toHaveLength(before);
  });
});
