import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PaymentProvider } from '../src/provider/provider.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

class Crash extends Error {}

/**
 * An instance whose process crashes right before or right after its n-th effect on the store or the provider. From then on it has
 * no further effect.
 */
function dyingInstance(at: number, when: 'before' | 'after') {
  let effects = 0;
  const dead = () => effects > at || (effects === at && when === 'before');
  async function effect<T>(act: () => Promise<T>): Promise<T> {
    effects++;
    if (dead()) throw new Crash();
    const result = await act();
    if (effects >= at) {
      effects++;
      throw new Crash();
    }
    return result;
  }
  const { provider } = service.fake;
  const { payments } = service.stores;
  const dyingPayments = {
    ...payments,
    updateIf: (...args: Parameters<typeof payments.updateIf>) => effect(() => payments.updateIf(...args)),
  };
  const dying: PaymentProvider = {
    ...provider,
    authorize: (...args) => effect(() => provider.authorize(...args)),
    find: (...args) => effect(() => provider.find(...args)),
    retrieve: (...args) => effect(() => provider.retrieve(...args)),
    confirm: (...args) => effect(() => provider.confirm(...args)),
    capture: (...args) => effect(() => provider.capture(...args)),
    cancel: (...args) => effect(() => provider.cancel(...args)),
  };
  const instance = service.startInstance({ payments: dyingPayments, provider: dying });
  return { instance, reached: () => effects >= at };
}

/** Runs a test with a crash before and after every effect. Resolves to the number of crashes. */
async function atEveryEffect(run: (at: number, when: 'before' | 'after') => Promise<boolean>): Promise<number> {
  let points = 0;
  for (let at = 1; ; at++) {
    let reached = false;
    for (const when of ['before', 'after'] as const) {
      reached = await run(at, when);
      if (reached) points++;
    }
    if (!reached) return points;
  }
}

async function recover() {
  for (let round = 0; round < 3; round++) {
    service.pass(31);
    await service.advanceDue();
  }
}

describe('a crash while a buyer pays', () => {
  it('before or after any effect leaves a payment that another process completes and captures once', async () => {
    const points = await atEveryEffect(async (at, when) => {
      const { id, order, pay } = await service.order();
      const dying = dyingInstance(at, when);
      await pay('pm_card_visa', dying.instance);
      await recover();
      const { status } = await service.stateOf(id);
      if (status === 'none') await pay().expect(201);
      expect(await service.stateOf(id)).toMatchObject({ status: 'authorized' });
      await service.consume(order, 'capturing');
      expect(service.fake.ledger(id)).toEqual({ captures: 1, captured: 2000, authorized: 0 });
      // Repeated calls with the same key have created a single intent.
      expect(service.fake.of(id)).toHaveLength(1);
      return dying.reached();
    });
    // Before and after each of: request, authorise, record authorised.
    expect(points).toBeGreaterThanOrEqual(6);
  });

  it('before or after any effect leaves nothing captured or authorised when the order is then cancelled', async () => {
    const points = await atEveryEffect(async (at, when) => {
      const { id, order, pay } = await service.order();
      const dying = dyingInstance(at, when);
      await pay('pm_card_visa', dying.instance);
      await service.consume(order, 'cancelled');
      await recover();
      expect(service.fake.ledger(id)).toEqual({ captures: 0, captured: 0, authorized: 0 });
      const { status, dueAt } = await service.stateOf(id);
      expect(['none', 'voided']).toContain(status);
      expect(dueAt).toBeUndefined();
      return dying.reached();
    });
    expect(points).toBeGreaterThanOrEqual(6);
  });
});

describe.each([
  ['capturing', 'captured', { captures: 1, captured: 2000, authorized: 0 }, 4],
  ['cancelled', 'voided', { captures: 0, captured: 0, authorized: 0 }, 6],
] as const)('a crash while order %s is consumed', (orderStatus, status, ledger, effects) => {
  it(`before or after any effect leaves a payment that ends ${status}`, async () => {
    const points = await atEveryEffect(async (at, when) => {
      const { id, order, pay } = await service.order();
      await pay().expect(201);
      const dying = dyingInstance(at, when);
      await service.consume(order, orderStatus, dying.instance).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      // The bus redelivers the unacknowledged message.
      await service.consume(order, orderStatus);
      await recover();
      expect(await service.stateOf(id)).toMatchObject({ status, order: orderStatus });
      expect(service.fake.ledger(id)).toEqual(ledger);
      return dying.reached();
    });
    expect(points).toBeGreaterThanOrEqual(effects);
  });
});
