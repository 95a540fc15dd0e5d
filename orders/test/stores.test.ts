import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomTicketId } from '@ticketing/core/testing';
import { place } from '../src/order.ts';
import { copyOf } from '../src/ticket-copy.ts';
import { startOrders } from './builders.ts';
import type { OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

const NOW = new Date('2030-01-01T00:00:00.000Z');
const price = { amount: 2000, currency: 'usd' };
const stored = { changedAt: NOW.toISOString(), outbox: [] };

describe('a document of orders', () => {
  const documents = {
    orders: () => {
      const offer = { title: 'Concert', price };
      return place({ ticketId: randomTicketId(), number: 1, userId: 'buyer', offer, holdSeconds: 900 }, NOW).state;
    },
    tickets: () =>
      copyOf({ id: randomTicketId(), version: 0, sellerId: 'seller', status: 'listed', title: 'Concert', price }),
  };
  const required = { orders: 'offer', tickets: 'sellerId' } as const;

  it.each(['orders', 'tickets'] as const)(
    'in %s is refused without a required field, or with an unknown one',
    async (name) => {
      const insert = (changed: object) => service.stores[name].insert(changed as never);
      const document = { ...documents[name](), ...stored };
      await expect(insert({ ...document, [required[name]]: undefined })).rejects.toThrow(required[name]);
      await expect(insert({ ...document, colour: 'red' })).rejects.toThrow('colour');
      expect(await insert(document)).toBe(true);
    },
  );
});
