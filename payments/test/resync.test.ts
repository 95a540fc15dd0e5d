import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { currentStateEvents } from '../src/payment.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

describe('republishing payments', () => {
  it('emits the outcome of each payment that has changed since then, and nothing for one without an outcome', async () => {
    const before = await service.order();
    await before.pay().expect(201);
    service.pass(60);
    const captured = await service.order();
    await captured.pay().expect(201);
    await service.consume(captured.order, 'capturing');
    const declined = await service.order();
    await declined.pay('pm_card_chargeDeclined').expect(402);

    const { payments } = service.context();
    expect(await payments.republish(service.now(), currentStateEvents, service.now())).toEqual({
      count: 1,
      failed: [],
    });
    expect(await service.emitted(before.id)).toEqual(['payment:authorized']);
    expect(await service.emitted(captured.id)).toEqual(['payment:authorized', 'payment:captured', 'payment:captured']);
    expect(await service.emitted(declined.id)).toEqual([]);
  });
});
