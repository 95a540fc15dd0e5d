import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpError } from '@ticketing/common';
import { randomTicketId } from '@ticketing/core/testing';
import { payOrder } from '../src/use-cases/pay-order.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

const problem = (answer: { body: unknown }) => (answer.body as { errors: Record<string, unknown>[] }).errors[0];

describe('paying with an idempotency key', () => {
  it('tries a declined card once, and the next one under a new key', async () => {
    const { id, pay } = await service.order();
    const key = crypto.randomUUID();
    const declined = [await pay('pm_card_chargeDeclined').set('Idempotency-Key', key)];
    declined.push(await pay('pm_card_chargeDeclined').set('Idempotency-Key', key));
    for (const answer of declined) {
      expect(answer.status).toBe(402);
      expect(problem(answer)).toMatchObject({ code: 'card-declined', declineCode: 'generic_decline' });
    }
    expect((await service.context().payments.find(id))?.attempts).toHaveLength(1);
    await pay().set('Idempotency-Key', crypto.randomUUID()).expect(201);
    await pay('pm_card_chargeDeclined').set('Idempotency-Key', key).expect(200);
    expect(service.fake.ledger(id)).toEqual({ captures: 0, captured: 0, authorized: 1 });
  });

  it('gets the authorised payment again', async () => {
    const { pay } = await service.order();
    const key = crypto.randomUUID();
    const first = await pay().set('Idempotency-Key', key).expect(201);
    const again = await pay().set('Idempotency-Key', key);
    expect([again.status, again.body, again.get('Idempotency-Replayed')]).toEqual([201, first.body, 'true']);
  });

  it('is rejected with 422 for another card', async () => {
    const { pay } = await service.order();
    const key = crypto.randomUUID();
    await pay('pm_card_chargeDeclined').set('Idempotency-Key', key).expect(402);
    expect((await pay().set('Idempotency-Key', key)).status).toBe(422);
  });

  it('may be sent again after the bank has asked for a confirmation', async () => {
    const { id, pay } = await service.order();
    const key = crypto.randomUUID();
    const asked = await pay('pm_card_authenticationRequired').set('Idempotency-Key', key);
    expect([asked.status, problem(asked)?.['code']]).toEqual([402, 'authentication-required']);
    service.fake.set(id, 'authorized');
    await pay('pm_card_authenticationRequired').set('Idempotency-Key', key).expect(201);
  });
});

describe('paying with another card while the bank waits for a confirmation', () => {
  it('ends the first command: repeated, it makes no attempt', async () => {
    const { id, pay } = await service.order();
    const key = crypto.randomUUID();
    await pay('pm_card_authenticationRequired').set('Idempotency-Key', key).expect(402);
    await pay('pm_card_chargeDeclined').set('Idempotency-Key', crypto.randomUUID()).expect(402);
    const again = await pay('pm_card_authenticationRequired').set('Idempotency-Key', key);
    expect([again.status, problem(again)?.['code']]).toEqual([402, 'card-declined']);
    expect((await service.context().payments.find(id))?.attempts).toHaveLength(2);
  });
});

describe('a command that pays and is run again', () => {
  const problemOf = (run: Promise<unknown>): Promise<unknown> =>
    run.then(
      () => undefined,
      (error: unknown) => {
        const { status, problems } = error as HttpError;
        return [status, problems[0]?.code];
      },
    );

  it('gets 503 payment-pending while its attempt is open, and its outcome afterwards', async () => {
    const { id, buyer } = await service.order();
    const command = { orderId: id, userId: buyer.id, paymentMethod: 'pm_card_visa', commandId: randomTicketId() };
    service.fake.plan('authorize', 'fails-after-acting');
    expect(await problemOf(payOrder(service.context(), command))).toEqual([503, 'payment-pending']);
    expect(await problemOf(payOrder(service.context(), command))).toEqual([503, 'payment-pending']);
    expect(await problemOf(payOrder(service.context(), { ...command, commandId: randomTicketId() }))).toEqual([
      409,
      'payment-in-progress',
    ]);
    service.pass(3);
    await service.advanceDue();
    expect(await payOrder(service.context(), command)).toMatchObject({
      payment: { status: 'authorized' },
      isNew: false,
    });
    expect(service.fake.ledger(id)).toEqual({ captures: 0, captured: 0, authorized: 1 });
  });

  it('is not told that its time is over while its attempt is open', async () => {
    const { id, buyer } = await service.order();
    const command = { orderId: id, userId: buyer.id, paymentMethod: 'pm_card_visa', commandId: randomTicketId() };
    service.fake.plan('authorize', 'fails-before-acting');
    expect(await problemOf(payOrder(service.context(), command))).toEqual([503, 'payment-pending']);
    service.pass(901);
    expect(await problemOf(payOrder(service.context(), command))).toEqual([503, 'payment-pending']);
  });
});
