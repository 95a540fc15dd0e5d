import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sayPaymentsAgain } from '../src/use-cases/say-payments-again.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

describe('saying payments again', () => {
  it('says what came of each payment that has changed since then, and nothing where nothing has come of it', async () => {
    const before = await service.order();
    await before.pay().expect(201);
    service.pass(60);
    const captured = await service.order();
    await captured.pay().expect(201);
    await service.hear(captured.order, 'capturing');
    const declined = await service.order();
    await declined.pay('pm_card_chargeDeclined').expect(402);

    expect(await sayPaymentsAgain(service.contextWith(), service.now())).toBe(2);
    expect(await service.said(before.id)).toEqual(['payment:authorized']);
    expect(await service.said(captured.id)).toEqual(['payment:authorized', 'payment:captured', 'payment:captured']);
    expect(await service.said(declined.id)).toEqual([]);
  });
});
