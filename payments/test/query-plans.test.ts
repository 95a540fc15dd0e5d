import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { badPlans, queryPlans } from '@ticketing/core/testing';
import { currentStateEvents } from '../src/payment.ts';
import type { Payment } from '../src/payment.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

it('a payment and every sweep are found by an index, in its order', async () => {
  const { id, get, pay, order } = await service.order();
  await pay().expect(201);
  const sample = await service.payments.findById(id).lean<Payment>().exec();
  const others = Array.from({ length: 2000 }, (_, index) => ({
    ...sample,
    _id: `${'0'.repeat(20)}${String(index).padStart(4, '0')}-1`,
    ...{ order: { ...sample?.order, status: 'complete' }, status: 'captured', dueAt: undefined, outbox: [] },
    changedAt: '2020-01-01T00:00:00.000Z',
  }));
  await service.payments.collection.insertMany(others as never[], { ignoreUndefined: true });
  const plans = await queryPlans(service.payments.db, async () => {
    await get().expect(200);
    service.pass(60);
    await service.advanceDue();
    await service.consume(order, 'capturing');
    await service.stores.payments.page({ 'outbox.at': { $lt: '2100-01-01T00:00:00.000Z' } }, 200);
    await service.context().payments.republish(new Date(0), currentStateEvents, service.now());
  });
  expect(plans.filter(({ returned }) => returned > 0).length).toBeGreaterThan(6);
  expect(badPlans(plans)).toEqual([]);
});
