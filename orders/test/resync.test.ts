import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { currentStateEvents } from '../src/order.ts';
import { startOrders } from './builders.ts';
import type { OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

describe('republishing orders', () => {
  it('emits the current event of each order that has changed since then, if it has one, and of no other', async () => {
    const before = await service.orderIn('cancelled');
    service.setNow(new Date(service.now().getTime() + 60_000));
    const after = [await service.orderIn('created'), await service.orderIn('complete')];
    const awaiting = await service.orderIn('awaiting:payment');
    const emittedBefore = [await service.emitted(before.id), await service.emitted(awaiting.id)];
    const emitted = await Promise.all(after.map(({ id }) => service.emitted(id)));
    const { orders } = service.context;
    expect(await orders.republish(service.now(), currentStateEvents, service.now())).toEqual({ count: 2, failed: [] });
    expect([await service.emitted(before.id), await service.emitted(awaiting.id)]).toEqual(emittedBefore);
    expect(await Promise.all(after.map(({ id }) => service.emitted(id)))).toEqual(
      emitted.map((events) => [...events, events.at(-1)]),
    );
  });
});
