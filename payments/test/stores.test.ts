import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { begin, copyOf } from '../src/payment.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

it('a document of payments is refused without a required field, or with an unknown one', async () => {
  const { order } = await service.order();
  const now = service.now().toISOString();
  const document = { ...begin(`${order.ticketId}-2`, copyOf(order)), changedAt: now, outbox: [] };
  const insert = (changed: object) => service.stores.payments.insert(changed as never);
  await expect(insert({ ...document, order: undefined })).rejects.toThrow('order');
  await expect(insert({ ...document, colour: 'red' })).rejects.toThrow('colour');
  expect(await insert(document)).toBe(true);
});
