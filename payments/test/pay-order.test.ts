import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUser, sessionCookie } from '@ticketing/core/testing';
import { ProviderRefused } from '../src/provider/provider.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets requests that wait for the event of the hold do so for as long as it takes. Resolves once one waits for this order. */
function patientWait(id: string): Promise<void> {
  const { payments } = service.context();
  const waitUntil = payments.waitUntil.bind(payments);
  return new Promise((resolve) => {
    jest.spyOn(payments, 'waitUntil').mockImplementation((waitedFor, isReady, limitMs) => {
      if (waitedFor === id) resolve();
      return waitUntil(waitedFor, isReady, limitMs > 0 ? 60_000 : 0);
    });
  });
}

const firstProblem = (answer: { body: unknown }) => (answer.body as { errors: Record<string, unknown>[] }).errors[0];

describe('pay order', () => {
  it('answers 201 with the authorised payment, captures nothing, and emits payment:authorized', async () => {
    const { id, pay, get } = await service.order();
    const answer = await pay();
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      orderId: id,
      status: 'authorized',
      amount: 2000,
      currency: 'usd',
      attempts: [{ number: 1, status: 'authorized' }],
    });
    expect(service.fake.ledger(id)).toEqual({ captures: 0, captured: 0, authorized: 1 });
    expect(await service.emitted(id)).toEqual(['payment:authorized']);
    expect((await get()).body).toEqual(answer.body);
    expect(JSON.stringify(answer.body)).not.toContain('pm_');
  });

  it('answers 200 with the same payment to a repeated request', async () => {
    const { id, pay } = await service.order();
    await pay().expect(201);
    await pay('pm_card_mastercard').expect(200);
    expect(service.fake.of(id)).toHaveLength(1);
  });

  it('authorises a payment when another instance consumes the event of the hold, before or during the wait', async () => {
    const elsewhere = service.startInstance();
    const before = await service.order('created');
    await service.consume(before.order, 'awaiting:payment', elsewhere);
    await before.pay().expect(201);

    const during = await service.order('created');
    const waits = patientWait(during.id);
    const answer = during.pay().then(({ status }) => status);
    await waits;
    await service.consume(during.order, 'awaiting:payment', elsewhere);
    expect(await answer).toBe(201);
  });

  it('waits for the capture, which comes once orders has claimed the order', async () => {
    const waiting = await startPayments({ outcomeWaitMs: 60_000 });
    try {
      const { id, order, pay } = await waiting.order();
      const answer = pay();
      const status = answer.then(({ body }) => (body as { status: string }).status);
      while (waiting.fake.ledger(id).authorized === 0) await new Promise(setImmediate);
      await waiting.consume(order, 'capturing');
      expect(await status).toBe('captured');
    } finally {
      await waiting.stop();
    }
  });

  it('authorises once for eight concurrent requests', async () => {
    const { id, pay } = await service.order();
    const answers = await Promise.all(Array.from({ length: 8 }, () => pay()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers) expect([200, 201, 409]).toContain(answer.status);
    expect(service.fake.ledger(id)).toEqual({ captures: 0, captured: 0, authorized: 1 });
  });

  it('answers 402 when the card is declined, and accepts the next card', async () => {
    const { id, pay, get } = await service.order();
    const declined = await pay('pm_card_chargeDeclined');
    expect(declined.status).toBe(402);
    expect(firstProblem(declined)).toMatchObject({ code: 'card-declined', declineCode: 'generic_decline' });
    expect((await get()).body).toMatchObject({ status: 'declined' });
    await pay().expect(201);
    expect((await get()).body).toMatchObject({
      attempts: [{ status: 'declined', declineCode: 'generic_decline' }, { status: 'authorized' }],
    });
    expect(service.fake.of(id)).toHaveLength(1);
  });

  it('answers 402 with the client secret when the bank requires authentication, and authorises afterwards', async () => {
    const { id, pay } = await service.order();
    const answer = await pay('pm_card_authenticationRequired');
    expect(answer.status).toBe(402);
    expect(firstProblem(answer)).toMatchObject({ code: 'authentication-required' });
    service.fake.authenticate(id);
    await pay('pm_card_authenticationRequired').expect(201);
  });

  it('shows the payment as authenticating while the bank waits for the buyer, and accepts another card then', async () => {
    const { id, pay, get } = await service.order();
    await pay('pm_card_authenticationRequired').expect(402);
    expect((await get()).body).toMatchObject({ status: 'authenticating', attempts: [{ status: 'authenticating' }] });
    await pay().expect(201);
    expect((await get()).body).toMatchObject({
      status: 'authorized',
      attempts: [{ status: 'declined', declineCode: 'authentication_required' }, { status: 'authorized' }],
    });
    expect(service.fake.ledger(id)).toMatchObject({ authorized: 1 });
  });

  it('authorises what the buyer confirms at the bank while the next card is being sent', async () => {
    const { id, pay } = await service.order();
    await pay('pm_card_authenticationRequired').expect(402);
    const { provider } = service.fake;
    const confirm: typeof provider.confirm = (...args) => {
      service.fake.authenticate(id);
      return provider.confirm(...args);
    };
    await pay('pm_card_visa', service.startInstance({ provider: { ...provider, confirm } })).expect(201);
    expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
  });

  it('answers 400 for a payment method that is unknown to the provider, and accepts the next one', async () => {
    const { pay } = await service.order();
    expect(firstProblem(await pay('pm_unknown').expect(400))).toMatchObject({
      code: 'unknown-payment-method',
      field: 'paymentMethod',
    });
    await pay().expect(201);
  });

  it('answers 402 with the reason for an amount that the provider refuses, and does not try it again', async () => {
    const { id, pay, get } = await service.order();
    const authorize = () => Promise.reject(new ProviderRefused('too small', 'amount-refused'));
    const refusing = service.startInstance({ provider: { ...service.fake.provider, authorize } });
    expect(firstProblem(await pay('pm_card_visa', refusing).expect(402))).toMatchObject({
      code: 'payment-refused',
      declineCode: 'amount-refused',
    });
    expect((await get()).body).toMatchObject({ status: 'declined' });
    expect((await service.stateOf(id)).dueAt).toBeUndefined();
  });

  it('answers 409 after ten declined cards', async () => {
    const { pay } = await service.order();
    for (let i = 0; i < 10; i++) await pay('pm_card_chargeDeclined').expect(402);
    expect(firstProblem(await pay().expect(409))).toMatchObject({ code: 'too-many-attempts' });
  });

  it('waits for the event of the hold that arrives during the request', async () => {
    const { id, order, pay } = await service.order('created');
    const waits = patientWait(id);
    const answer = pay().then(({ status }) => status);
    await waits;
    await service.consume(order, 'awaiting:payment');
    expect(await answer).toBe(201);
  });

  it("answers 404 after the same wait while the ticket is not held yet, and for another buyer's order", async () => {
    const [unknown, another] = await Promise.all([service.order('created'), service.order()]);
    const cookie = await sessionCookie(randomUser());
    const strangers = service.api
      .post('/api/payments')
      .set('Cookie', cookie)
      .send({ orderId: another.id, paymentMethod: 'pm_card_visa' });
    const timed = async (request: ReturnType<typeof unknown.pay>) => {
      const from = performance.now();
      const answer = await request;
      const waited = performance.now() - from >= 1900;
      return { status: answer.status, body: answer.body as unknown, waited };
    };
    const answers = await Promise.all([timed(unknown.pay()), timed(strangers)]);
    expect(answers[0]).toMatchObject({ status: 404, waited: true, body: { errors: [{ code: 'order-not-ready' }] } });
    expect(answers[1]).toEqual(answers[0]);
    expect(service.fake.of(another.id)).toHaveLength(0);
  });

  it.each(['capturing', 'cancelled'] as const)('answers 409 when the order is %s', async (status) => {
    const { id, pay } = await service.order(status);
    expect(firstProblem(await pay().expect(409))).toMatchObject({ code: 'order-closed' });
    expect(service.fake.of(id)).toHaveLength(0);
  });

  it('answers 409 from the end of the hold on', async () => {
    const { id, pay } = await service.order();
    service.pass(900);
    expect(firstProblem(await pay().expect(409))).toMatchObject({ code: 'order-expired' });
    expect(service.fake.of(id)).toHaveLength(0);
  });

  it("answers 404 for the payment of another buyer's order, and for one that was never requested", async () => {
    const { id, get, pay } = await service.order();
    await get().expect(404);
    const cookie = await sessionCookie(randomUser());
    await pay().expect(201);
    await service.api.get(`/api/payments/${id}`).set('Cookie', cookie).expect(404);
    await service.api.get(`/api/payments/${id}`).expect(401);
  });

  it.each([
    ['no order', { paymentMethod: 'pm_card_visa' }, 'orderId', 'required'],
    ['a ticket id', { orderId: 'f'.repeat(24), paymentMethod: 'pm_card_visa' }, 'orderId', 'invalid-format'],
    ['no payment method', { orderId: `${'f'.repeat(24)}-1` }, 'paymentMethod', 'required'],
    [
      'a card number',
      { orderId: `${'f'.repeat(24)}-1`, paymentMethod: '4242424242424242' },
      'paymentMethod',
      'invalid-format',
    ],
    ['an operator object', { orderId: { $ne: null }, paymentMethod: 'pm_card_visa' }, 'orderId', 'invalid-type'],
    [
      'an amount',
      { orderId: `${'f'.repeat(24)}-1`, paymentMethod: 'pm_card_visa', amount: 1 },
      'amount',
      'unknown-field',
    ],
  ])('answers 400 with the field for %s', async (_, body, field, code) => {
    const cookie = await sessionCookie(randomUser());
    const answer = await service.api.post('/api/payments').set('Cookie', cookie).send(body);
    expect(answer.status).toBe(400);
    expect(firstProblem(answer)).toMatchObject({ field, code });
  });
});
