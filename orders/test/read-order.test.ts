import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { heldBy, payment, startOrders } from './builders.ts';
import type { OrderView, OrdersUnderTest } from './builders.ts';

/** Longer than a test may take: a read that waited for its end would fail. */
const WAIT_MS = 600_000;

type Buyer = Awaited<ReturnType<OrdersUnderTest['buyer']>>;

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders({ outcomeWaitMs: WAIT_MS });
});
afterAll(() => service.stop());

/** Starts a read, and resolves when it waits to a function that returns the status it ends with. */
async function waitingRead(buyer: Buyer, id: string): Promise<() => Promise<string>> {
  const waitUntil = jest.spyOn(service.context.orders, 'waitUntil');
  const status = buyer.get(`/${id}`).then(statusOf);
  while (!waitUntil.mock.calls.some(([waitedFor]) => waitedFor === id)) await new Promise(setImmediate);
  return () => status;
}

const statusOf = ({ body }: { body: unknown }) => (body as OrderView).status;

describe('a read of an order', () => {
  it('waits for the hold of an order that was just placed', async () => {
    const { id, buyer, ticket } = await service.orderIn('created');
    const status = await waitingRead(buyer, id);
    await service.consume(heldBy(ticket, id));
    expect(await status()).toBe('awaiting:payment');
  });

  it('waits for the capture of an order whose money was just authorised', async () => {
    const { id, buyer } = await service.orderIn('capturing');
    const status = await waitingRead(buyer, id);
    await service.consume(payment('payment:captured', id));
    expect(await status()).toBe('complete');
  });

  it('waits for no order that awaits payment or has ended', async () => {
    for (const status of ['awaiting:payment', 'complete', 'cancelled'] as const) {
      const { id, buyer } = await service.orderIn(status);
      expect(statusOf(await buyer.get(`/${id}`))).toBe(status);
    }
  });

  it('answers at once when the event is later than usual, and another buyer always', async () => {
    const { id, buyer } = await service.orderIn('created');
    const stranger = await service.buyer();
    await stranger.get(`/${id}`).expect(404);
    service.setNow(new Date(service.now().getTime() + WAIT_MS));
    expect(statusOf(await buyer.get(`/${id}`))).toBe('created');
  });
});
