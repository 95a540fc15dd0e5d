import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

  it('captures once when it is delivered twice, and emits payment:captured again', async () => {
    const { id, order } = await authorized();
    await service.consume(order, 'capturing');
    await service.consume(order, 'capturing');
    expect(service.fake.ledger(id)).toEqual(ONCE);
    expect(await service.emitted(id)).toEqual(['payment:authorized', 'payment:captured', 'payment:captured']);
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

  it('cancels the intent of a declined card, so that no confirmation in flight can authorise it', async () => {
    const { id, order, pay } = await service.order();
    await pay('pm_card_chargeDeclined').expect(402);
    await service.consume(order, 'cancelled');
    expect(service.fake.of(id)[0]?.state).toBe('canceled');
  });

  it('voids a payment that is authorised concurrently', async () => {
    const { id, order, pay } = await service.order();
    const { provider } = service.fake;
    const confirm: typeof provider.confirm = async (...args) => {
      const intent = await provider.confirm(...args);
      await service.consume(order, 'cancelled');
      return intent;
    };
    await pay('pm_card_visa', service.startInstance({ provider: { ...provider, confirm } }));
    expect(service.fake.ledger(id)).toEqual(NOTHING);
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided', order: 'cancelled' });
  });

  it('ends a payment whose intent is just being created, which is never confirmed', async () => {
    const { id, order, pay } = await service.order();
    const { provider } = service.fake;
    const create: typeof provider.create = async (...args) => {
      const intent = await provider.create(...args);
      await service.consume(order, 'cancelled');
      return intent;
    };
    await pay('pm_card_visa', service.startInstance({ provider: { ...provider, create } })).expect(409);
    expect(service.fake.of(id)[0]?.state).toBe('open');
    expect(await service.stateOf(id)).toMatchObject({ status: 'voided' });
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
    for (const status of ['created', 'awaiting:payment', 'capturing'] as const) await service.consume(order, status);
    expect(await service.stateOf(id)).toMatchObject({ order: 'cancelled' });
  });

  it('is created once by whichever of three concurrent events is saved first', async () => {
    const { order } = await service.order();
    const other = { ...order, id: order.id.replace(/-1$/, '-2') };
    await Promise.all([
      service.consume(other, 'created'),
      service.consume(other, 'awaiting:payment'),
      service.consume(other, 'created'),
    ]);
    expect(await service.stateOf(other.id)).toMatchObject({ order: 'awaiting:payment' });
  });
});

describe('a failing provider', () => {
  it.each(['fails-before-acting', 'fails-after-acting', 'spends-the-key', 'spends-the-key-after-acting'] as const)(
    'that %s leaves no payment unfinished',
    async (fault) => {
      for (const call of ['create', 'confirm'] as const) {
        const { id, pay } = await service.order();
        service.fake.plan(call, fault);
        const answer = await pay();
        expect(answer.status).toBe(503);
        expect(firstCode(answer)).toBe('payment-pending');
        expect(firstCode(await pay().expect(409))).toBe('payment-in-progress');
        service.pass(3);
        await service.advanceDue();
        expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
        expect(service.fake.ledger(id)).toMatchObject({ captures: 0, authorized: 1 });
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
