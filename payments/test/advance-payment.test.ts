import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PaymentState } from '../src/payment.ts';
import { ProviderFailed } from '../src/provider/provider.ts';
import { advanceDue } from '../src/use-cases/advance-payment.ts';
import { authorizePayment } from '../src/use-cases/authorize-payment.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

const NOTHING = { captures: 0, captured: 0, authorized: 0 };
const ONCE = { captures: 1, captured: 2000, authorized: 0 };

async function authorized() {
  const made = await service.order();
  await made.pay().expect(201);
  return made;
}

describe('order:claimed', () => {
  it('captures the price once and emits payment:captured', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:captured']);
    expect(await service.stateOf(id)).toEqual({ status: 'captured', order: 'capturing', dueAt: undefined });
  });

  it('is written once, with the outcome of the capture', async () => {
    const { id, order } = await authorized();
    const versionOf = async () => (await service.context().payments.find(id))?.version ?? 0;
    const before = await versionOf();
    await service.consume(order, 'capturing');
    expect(await versionOf()).toBe(before + 1);
  });

  it('is asked for again when the process that captured has died, and captured once', async () => {
    const { id, order } = await authorized();
    const { provider } = service.fake;
    const died = new Promise<never>(() => undefined);
    const captured = new Promise<void>((resolve) => {
      const capture: typeof provider.capture = async (...args) => {
        await provider.capture(...args);
        resolve();
        return died;
      };
      void service.consume(order, 'capturing', service.startInstance({ provider: { ...provider, capture } }));
    });
    await captured;
    service.pass(10);
    await advanceDue(service.context());
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:authorized']);
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.stateOf(id)).toEqual({ status: 'captured', order: 'capturing', dueAt: undefined });
  });

  it('leaves the brand and the last four digits of the card in the payment, and nothing else of it', async () => {
    const { order, get } = await authorized();
    expect((await get()).body as object).not.toHaveProperty('card');
    await service.consume(order, 'capturing');
    expect((await get()).body).toMatchObject({ status: 'captured', card: { brand: 'visa', last4: '4242' } });
  });

  it('captures once when it is delivered twice, and emits payment:captured again', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'capturing');
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:captured', 'payment:captured']);
  });

  it('captures once when it is delivered to an instance whose last known state is that of before the capture', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'capturing', service.startInstance());
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.stateOf(id)).toEqual({ status: 'captured', order: 'capturing', dueAt: undefined });
    // By now it knows that it was captured, and answers.
    await service.consume(order, 'capturing');
    expect((await service.emitted(id)).filter((name) => name === 'payment:captured')).toHaveLength(2);
  });

  it('captures nothing when it is delivered, late, to an instance that does not know that the payment has failed', async () => {
    const { id, order } = await authorized();
    service.fake.set(id, 'canceled');
    await service.consume(order, 'capturing', service.startInstance());
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'failed' });
  });

  it('does nothing when it is delivered after order:cancelled', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'cancelled');
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided', order: 'cancelled' });
  });

  it('emits payment:failed, with nothing captured or authorised, when the bank has dropped the authorisation', async () => {
    const { id, order } = await authorized();
    service.fake.set(id, 'canceled');
    await service.consume(order, 'capturing');
    expect(await service.stateOf(id)).toMatchObject({ status: 'failed' });
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:failed']);
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    await service.consume(order, 'capturing');
    expect((await service.emitted(id)).at(-1)).toBe('payment:failed');
  });
});

describe('order:cancelled', () => {
  it('voids an authorisation and emits payment:voided', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'cancelled');
    await service.consume(order, 'cancelled');
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(service.fake.of(id)[0]?.state).toBe('canceled');
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:voided']);
  });

  it('leaves nothing authorised when a slow process goes on with an attempt that another one has voided', async () => {
    const { id, order, pay } = await service.order();
    service.fake.plan('authorize', 'spends-the-key-after-acting');
    await pay().expect(503);
    const asOfTheLease = await service.context().payments.find(id);
    if (asOfTheLease === null) throw new Error('the payment is gone');
    await service.consume(order, 'cancelled');
    await authorizePayment(service.context(), asOfTheLease).catch(() => undefined);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided' });
    expect(service.fake.ledger(id)).toEqual(NOTHING);
  });

  it('leaves nothing authorised when a slow process authorises under a key, after two have spent the one before', async () => {
    const { id, order, pay } = await service.order();
    const { provider } = service.fake;
    const read = async () => {
      const payment = await service.context().payments.find(id);
      if (payment === null) throw new Error('the payment is gone');
      return payment;
    };
    let asRequested: PaymentState | undefined;
    const authorize: typeof provider.authorize = async (...args) => {
      asRequested = await read();
      return provider.authorize(...args);
    };
    service.fake.plan('authorize', 'spends-the-key');
    await pay('pm_card_visa', service.startInstance({ provider: { ...provider, authorize } })).expect(503);
    const asOfTheRetry = await read();
    if (asRequested) await authorizePayment(service.context(), asRequested).catch(() => undefined);
    await service.consume(order, 'cancelled');
    // It looked for the intent before another process made one.
    const slow = service.startInstance({ provider: { ...provider, find: () => Promise.resolve([]) } });
    await authorizePayment(slow.context, asOfTheRetry).catch(() => undefined);
    expect(service.fake.of(id)).toHaveLength(1);
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided' });
  });

  it('cancels the intent of a declined card, so that no confirmation in flight can authorise it', async () => {
    const { id, order, pay } = await service.order();
    await pay('pm_card_chargeDeclined').expect(402);
    await service.consume(order, 'cancelled');
    expect(service.fake.of(id)[0]?.state).toBe('canceled');
  });

  it('voids a payment that is authorised concurrently', async () => {
    const { id, order, pay } = await service.order();
    const { provider } = service.fake;
    const authorize: typeof provider.authorize = async (...args) => {
      const intent = await provider.authorize(...args);
      await service.consume(order, 'cancelled');
      return intent;
    };
    const answer = await pay('pm_card_visa', service.startInstance({ provider: { ...provider, authorize } }));
    expect([answer.status, firstCode(answer)]).toEqual([409, 'order-closed']);
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided', order: 'cancelled' });
  });

  it('voids a second card that is authorised concurrently', async () => {
    const { id, order, pay } = await service.order();
    await pay('pm_card_chargeDeclined').expect(402);
    const { provider } = service.fake;
    const confirm: typeof provider.confirm = async (...args) => {
      const intent = await provider.confirm(...args);
      await service.consume(order, 'cancelled');
      return intent;
    };
    await pay('pm_card_visa', service.startInstance({ provider: { ...provider, confirm } })).expect(409);
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided', order: 'cancelled' });
  });

  it.each([
    ['authorised the money', 'fails-after-acting', 'pm_card_visa', 1],
    ['authorised the money and answered with a 500', 'spends-the-key-after-acting', 'pm_card_visa', 1],
    ['never received the call', 'fails-before-acting', 'pm_card_visa', 1],
    ['answered with a 500 and did nothing', 'spends-the-key', 'pm_card_visa', 1],
    ['declined the card', 'fails-after-acting', 'pm_card_chargeDeclined', 1],
    ['refused the card', 'fails-before-acting', 'pm_unknown', 0],
  ] as const)('leaves nothing authorised after an attempt of unknown outcome: the provider %s', async (...row) => {
    const [, fault, card, intents] = row;
    const { id, order, pay } = await service.order();
    service.fake.plan('authorize', fault);
    expect(firstCode(await pay(card))).toBe('payment-pending');
    await service.consume(order, 'cancelled');
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(service.fake.of(id).map(({ state }) => state)).toEqual(Array.from({ length: intents }, () => 'canceled'));
    expect(await service.stateOf(id)).toEqual({ status: 'voided', order: 'cancelled', dueAt: undefined });
  });

  it('voids an attempt of unknown outcome whose idempotency key the provider has forgotten', async () => {
    const { id, order, pay } = await service.order();
    service.fake.plan('authorize', 'fails-after-acting');
    await pay();
    service.pass(2 * 86_400);
    service.fake.forgetKeys();
    await service.consume(order, 'cancelled');
    expect(service.fake.of(id).map(({ state }) => state)).toEqual(['canceled']);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided' });
  });

  it('does not authorise again when the void of an attempt of unknown outcome fails', async () => {
    const { id, order, pay } = await service.order();
    service.fake.plan('authorize', 'fails-after-acting');
    service.fake.plan('cancel', 'spends-the-key-after-acting');
    await pay();
    await service.consume(order, 'cancelled');
    service.pass(3);
    await service.advanceDue();
    expect(service.fake.of(id).map(({ state }) => state)).toEqual(['canceled']);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided', dueAt: undefined });
  });

  it('leaves no step for a payment that was never requested', async () => {
    const { id, order } = await service.order();
    await service.consume(order, 'cancelled');
    expect(await service.stateOf(id)).toEqual({ status: 'none', order: 'cancelled', dueAt: undefined });
  });
});

describe('a copy of an order', () => {
  it('is never replaced by an older version', async () => {
    const { id, order } = await service.order('cancelled');
    for (const status of ['awaiting:payment', 'capturing'] as const) await service.consume(order, status);
    expect(await service.stateOf(id)).toMatchObject({ order: 'cancelled' });
  });

  it('is created once by whichever of three concurrent events is saved first', async () => {
    const { order } = await service.order();
    const other = { ...order, id: order.id.replace(/-1$/, '-2') };
    await Promise.all([
      service.consume(other, 'awaiting:payment'),
      service.consume(other, 'capturing'),
      service.consume(other, 'awaiting:payment'),
    ]);
    expect(await service.stateOf(other.id)).toMatchObject({ order: 'capturing' });
  });
});

describe('a payment that the bank wants the buyer to confirm', () => {
  async function waiting() {
    const made = await service.order();
    await made.pay('pm_card_authenticationRequired').expect(402);
    return made;
  }
  /** Lets time pass, with a sweep each second. */
  async function sweep(seconds: number) {
    for (let second = 0; second < seconds; second++) {
      service.pass(1);
      await service.advanceDue();
    }
  }

  it('is authorised within 6 s of the confirmation when the browser never comes back, and captured once', async () => {
    const { id, order } = await waiting();
    await sweep(60);
    expect(await service.stateOf(id)).toMatchObject({ status: 'authenticating' });
    service.fake.authenticate(id);
    await sweep(6);
    expect(await service.emitted(id)).toEqual(['payment:authorized']);
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.stateOf(id)).toEqual({ status: 'captured', order: 'capturing', dueAt: undefined });
  });

  it('is authorised as the hold ends when the buyer confirms it in the last second', async () => {
    const { id } = await waiting();
    await sweep(899);
    service.fake.authenticate(id);
    await sweep(1);
    expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
  });

  it('can be paid with another card, and with the reason known, once the buyer has failed to confirm it', async () => {
    const { id, pay, get } = await waiting();
    service.fake.authenticate(id, 'failed');
    await sweep(3);
    expect((await get()).body).toMatchObject({
      status: 'declined',
      attempts: [{ status: 'declined', declineCode: 'authentication_failed' }],
    });
    expect((await service.stateOf(id)).dueAt).toBeUndefined();
    await pay().expect(201);
  });

  it('is voided when the order ends unconfirmed, and a later confirmation authorises nothing', async () => {
    const { id, order } = await waiting();
    await service.consume(order, 'cancelled');
    service.fake.authenticate(id);
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(service.fake.of(id)[0]?.state).toBe('canceled');
    expect(await service.stateOf(id)).toEqual({ status: 'voided', order: 'cancelled', dueAt: undefined });
  });

  it('tells that it was authorised when the buyer confirmed it after the hold, and is voided', async () => {
    const { id, order, get } = await waiting();
    service.fake.authenticate(id);
    await service.consume(order, 'cancelled');
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect((await get()).body).toMatchObject({ status: 'voided', attempts: [{ status: 'authorized' }] });
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:voided']);
  });

  it('is still checked after the provider has refused another card', async () => {
    const { id, pay } = await waiting();
    await pay('pm_unknown').expect(400);
    service.fake.authenticate(id);
    await sweep(6);
    expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
  });

  it('is checked on after the provider was unavailable, and voided after a spent key', async () => {
    const { id, order } = await waiting();
    const { provider } = service.fake;
    const down = service.startInstance({
      provider: { ...provider, retrieve: () => Promise.reject(new ProviderFailed('down')) },
    });
    service.pass(3);
    await advanceDue(down.context);
    expect((await service.stateOf(id)).status).toBe('authenticating');
    service.fake.plan('cancel', 'spends-the-key');
    await service.consume(order, 'cancelled');
    await sweep(6);
    expect(await service.stateOf(id)).toEqual({ status: 'voided', order: 'cancelled', dueAt: undefined });
  });
});

describe('a failing provider', () => {
  it.each(['fails-before-acting', 'fails-after-acting', 'spends-the-key', 'spends-the-key-after-acting'] as const)(
    'that %s leaves no payment unfinished',
    async (fault) => {
      for (const call of ['authorize', 'confirm'] as const) {
        const { id, pay } = await service.order();
        if (call === 'confirm') await pay('pm_card_chargeDeclined').expect(402);
        service.fake.plan(call, fault);
        const answer = await pay();
        expect(answer.status).toBe(503);
        expect(firstCode(answer)).toBe('payment-pending');
        expect(firstCode(await pay().expect(409))).toBe('payment-in-progress');
        service.pass(3);
        await service.advanceDue();
        expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
        expect(service.fake.ledger(id)).toMatchObject({ captures: 0, authorized: 1 });
        expect(service.fake.of(id)).toHaveLength(1);
      }
      for (const [call, status, ledger] of [
        ['capture', 'capturing', ONCE],
        ['cancel', 'cancelled', NOTHING],
      ] as const) {
        const { id, order } = await authorized();
        service.fake.plan(call, fault);
        await service.consume(order, status);
        service.pass(3);
        await service.advanceDue();
        expect(service.fake.ledger(id)).toEqual(ledger);
        expect((await service.stateOf(id)).dueAt).toBeUndefined();
      }
    },
  );
});

describe('an authorised payment of an unclaimed order', () => {
  it('emits payment:authorized again after 10 s', async () => {
    const { id } = await authorized();
    service.pass(11);
    await service.advanceDue();
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:authorized']);
  });
});

const firstCode = (answer: { body: unknown }) => (answer.body as { errors: { code: string }[] }).errors[0]?.code;
