import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { heldBy, payment, startOrders } from './builders.ts';
import type { OrderView, OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders({ maxLiveHolds: 100 });
});
afterAll(() => service.stop());

describe('cancel order', () => {
  it.each(['created', 'awaiting:payment'] as const)(
    'answers 200 with the cancelled order when it is %s, and the same to a second request',
    async (status) => {
      const { buyer, id } = await service.orderIn(status);
      const answer = await buyer.cancel(id);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id, status: 'cancelled', reason: 'buyer' });
      const again = await buyer.cancel(id);
      expect(again.status).toBe(200);
      expect((again.body as OrderView).version).toBe((answer.body as OrderView).version);
      expect((await service.emitted(id)).at(-1)?.name).toBe('order:cancelled');
    },
  );

  it.each(['capturing', 'complete'] as const)('answers 409 order-closed when it is %s', async (status) => {
    const { buyer, id } = await service.orderIn(status);
    const answer = await buyer.cancel(id);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ errors: [{ code: 'order-closed' }] });
    expect(await service.stateOf(id)).toMatchObject({ status });
  });

  it('answers 412 when the order has none of the ETags in If-Match, and leaves it as it is', async () => {
    const { ticket, buyer, id } = await service.orderIn('created');
    const tagOf = async () => (await buyer.get(`/${id}`)).get('ETag') ?? '';
    const seen = await tagOf();
    // The same as for the answer that the buyer got when ordering.
    expect((await buyer.order(ticket.id)).get('ETag')).toBe(seen);
    await service.consume(heldBy(ticket, id));
    for (const stale of [seen, 'W/"1"', '"99"', '"another"', '']) {
      const answer = await buyer.cancel(id, { 'If-Match': stale });
      expect({ stale, status: answer.status, body: answer.body as unknown }).toMatchObject({
        ...{ stale, status: 412 },
        body: { errors: [{ code: 'order-changed', status: 'awaiting:payment' }] },
      });
    }
    expect(await service.stateOf(id)).toMatchObject({ status: 'awaiting:payment' });
    const cancelled = await buyer.cancel(id, { 'If-Match': `${seen}, ${await tagOf()}` }).expect(200);
    expect(cancelled.get('ETag')).toBe(await tagOf());
    // The answer to the first request may have been lost.
    await buyer.cancel(id, { 'If-Match': seen }).expect(200);
  });

  it('answers 409 rather than 412 when it is too late, and cancels whatever there is for If-Match: *', async () => {
    const late = await service.orderIn('capturing');
    await late.buyer.cancel(late.id, { 'If-Match': '"0"' }).expect(409);
    const open = await service.orderIn('awaiting:payment');
    await open.buyer.cancel(open.id, { 'If-Match': '*' }).expect(200);
  });

  it('answers 404 to another buyer and does not cancel the order', async () => {
    const { id } = await service.orderIn('created');
    await (await service.buyer()).cancel(id).expect(404);
    expect(await service.stateOf(id)).toMatchObject({ status: 'created' });
  });
});

describe('an order', () => {
  it('is returned with its history', async () => {
    const { buyer, id } = await service.orderIn('complete');
    const order = (await buyer.get(`/${id}`).expect(200)).body as OrderView;
    expect(order.history.map(({ status }) => status)).toEqual(['created', 'awaiting:payment', 'capturing', 'complete']);
    expect(order).toMatchObject({ id, status: 'complete', version: 3, serverNow: service.now().toISOString() });
  });

  it('answers 404 to another buyer and for an unknown id, and 400 for a malformed id', async () => {
    const { id } = await service.orderIn('created');
    const other = await service.buyer();
    await other.get(`/${id}`).expect(404);
    await other.get(`/${'f'.repeat(24)}-1`).expect(404);
    for (const bad of ['1', 'f'.repeat(24), `${'f'.repeat(24)}-0`, `${'f'.repeat(24)}-01`, '%7B%22$gt%22:%22%22%7D'])
      await other.get(`/${bad}`).expect(400);
    await service.api.get(`/api/orders/${id}`).expect(401);
  });
});

describe('the orders of a buyer', () => {
  it('are listed newest first, each on exactly one page, to this buyer only', async () => {
    const buyer = await service.buyer();
    const placed: string[] = [];
    for (let i = 0; i < 5; i++) {
      service.setNow(new Date(service.now().getTime() + 1000));
      placed.unshift(((await buyer.order((await service.ticket()).id).expect(201)).body as OrderView).id);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await buyer.get(`?limit=2${cursor && `&cursor=${cursor}`}`).expect(200)).body as {
        orders: OrderView[];
        next: string | null;
      };
      seen.push(...page.orders.map(({ id }) => id));
      cursor = page.next ?? '';
    } while (cursor);
    expect(seen).toEqual(placed);
    expect((await (await service.buyer()).get().expect(200)).body).toEqual({ orders: [], next: null });
  });

  it('of one ticket are listed alone, newest first, to this buyer only', async () => {
    const buyer = await service.buyer();
    const ticket = await service.ticket();
    const first = ((await buyer.order(ticket.id).expect(201)).body as OrderView).id;
    await buyer.cancel(first).expect(200);
    service.setNow(new Date(service.now().getTime() + 1000));
    const second = ((await buyer.order(ticket.id).expect(201)).body as OrderView).id;
    await buyer.order((await service.ticket()).id).expect(201);
    const listed = async (by: typeof buyer) =>
      ((await by.get(`?ticketId=${ticket.id}`).expect(200)).body as { orders: OrderView[] }).orders.map(({ id }) => id);
    expect(await listed(buyer)).toEqual([second, first]);
    expect(await listed(await service.buyer())).toEqual([]);
  });

  it('answer 400 to a malformed query', async () => {
    const buyer = await service.buyer();
    for (const query of ['?limit=0', '?limit=x', '?cursor=nonsense', '?cursor[]=1', '?status=created', '?ticketId=1'])
      await buyer.get(query).expect(400);
  });
});

describe('an event about an unknown order', () => {
  it('fails, so that its message is dead-lettered', async () => {
    await expect(service.consume(payment('payment:authorized', `${'f'.repeat(24)}-1`))).rejects.toThrow(
      'no such order',
    );
  });
});
