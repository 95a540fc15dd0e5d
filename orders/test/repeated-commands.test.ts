import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Money } from '@ticketing/common';
import { badPlans, queryPlans, randomTicketId } from '@ticketing/core/testing';
import { placeOrder } from '../src/use-cases/place-order.ts';
import { startOrders } from './builders.ts';
import type { OrderView, OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

const ordersOf = (ticketId: string) => service.models.orders.countDocuments({ ticketId });

describe('ordering a ticket with an idempotency key', () => {
  it('gets the first order again after its hold has ended, and holds nothing again', async () => {
    const ticket = await service.ticket();
    const buyer = await service.buyer();
    const send = (key: string) => buyer.order(ticket.id).set('Idempotency-Key', key);
    const key = crypto.randomUUID();
    const first = await send(key).expect(201);
    const { id } = first.body as OrderView;
    await buyer.cancel(id).expect(200);
    const again = await send(key);
    expect([again.status, again.body, again.get('Location')]).toEqual([201, first.body, `/api/orders/${id}`]);
    expect(again.get('ETag')).toBe('"0"');
    expect(await ordersOf(ticket.id)).toBe(1);
    // A new key is a new command.
    expect((await send(crypto.randomUUID()).expect(201)).body).toMatchObject({ number: 2 });
  });
});

describe('a command that places an order and is run again', () => {
  const command = async (ticketId?: string) => ({
    ticketId: ticketId ?? (await service.ticket()).id,
    userId: (await service.buyer()).id,
    commandId: randomTicketId(),
  });

  it('places one order and acquires one hold slot when eight run at the same time on two instances', async () => {
    const placing = await command();
    const instances = [service.context, service.startInstance().context];
    const placed = await Promise.all(
      Array.from({ length: 8 }, (_, index) => placeOrder(instances[index % 2] ?? service.context, placing)),
    );
    expect(new Set(placed.map(({ order }) => order._id)).size).toBe(1);
    expect(await ordersOf(placing.ticketId)).toBe(1);
    expect(await service.models.orders.countDocuments({ userId: placing.userId, buyerSlot: /./ })).toBe(1);
  });

  it('gets its order when that has ended and another buyer has ordered the ticket since', async () => {
    const placing = await command();
    const { order } = await placeOrder(service.context, placing);
    await service.models.orders.updateOne({ _id: order._id }, { $set: { status: 'cancelled', reason: 'expired' } });
    const other = await placeOrder(service.startInstance().context, await command(placing.ticketId));
    expect(other.order.number).toBe(2);
    // An instance that knows of the later order begins its search behind the first one.
    await service.models.tickets.updateOne({ _id: placing.ticketId }, { $set: { lastOrder: 2 } });
    const again = await placeOrder(service.startInstance().context, placing);
    expect(again).toMatchObject({ isNew: true, order: { _id: order._id, status: 'cancelled' } });
    expect(await ordersOf(placing.ticketId)).toBe(2);
  });

  it('gets its order although the price has changed since', async () => {
    const expectedPrice: Money = { amount: 2000, currency: 'usd' };
    const ticket = await service.ticket({ price: expectedPrice });
    const placing = { ...(await command(ticket.id)), expectedPrice };
    const { order } = await placeOrder(service.context, placing);
    const edited = { ...ticket, version: 1, price: { amount: 9000, currency: 'usd' } };
    await service.consume({ name: 'ticket:updated', data: edited });
    expect((await placeOrder(service.context, placing)).order._id).toBe(order._id);
  });

  it('places no second order in a run that was frozen before it inserted its own, although that of the other run has ended', async () => {
    const placing = await command();
    const { orders } = service.context;
    // The first run stops between its look for an earlier order and the insertion of its own.
    const stopped = Promise.withResolvers<undefined>();
    const isStopped = Promise.withResolvers<undefined>();
    const frozen = {
      ...service.context,
      orders: {
        ...orders,
        insert: async (...args: Parameters<typeof orders.insert>) => {
          isStopped.resolve(undefined);
          await stopped.promise;
          return orders.insert(...args);
        },
      },
    };
    const late = placeOrder(frozen, placing);
    await isStopped.promise;
    const { order } = await placeOrder(service.context, placing);
    await service.models.orders.updateOne({ _id: order._id }, { $set: { status: 'cancelled', reason: 'buyer' } });
    stopped.resolve(undefined);
    expect((await late).order._id).toBe(order._id);
    expect(await ordersOf(placing.ticketId)).toBe(1);
  });

  it('looks for its order by an index', async () => {
    const placing = await command();
    const plans = await queryPlans(service.models.orders.db, () => placeOrder(service.context, placing));
    expect(plans.some(({ query }) => query.includes('commandId'))).toBe(true);
    expect(badPlans(plans)).toEqual([]);
  });
});
