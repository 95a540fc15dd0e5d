import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sayOrdersAgain } from '../src/use-cases/say-orders-again.ts';
import { startOrders } from './builders.ts';
import type { OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

describe('saying orders again', () => {
  it('says how each order stands that has changed since then, and nothing of the others', async () => {
    const before = await service.orderIn('cancelled');
    service.setNow(new Date(service.now().getTime() + 60_000));
    const after = [await service.orderIn('awaiting:payment'), await service.orderIn('complete')];
    const saidBefore = await service.said(before.id);
    const said = await Promise.all(after.map(({ id }) => service.said(id)));
    expect(await sayOrdersAgain(service.context, service.now())).toBe(2);
    expect(await service.said(before.id)).toEqual(saidBefore);
    expect(await Promise.all(after.map(({ id }) => service.said(id)))).toEqual(
      said.map((facts) => [...facts, facts.at(-1)]),
    );
  });
});
