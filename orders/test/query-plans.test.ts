import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { OrderStatus } from '@ticketing/common';
import { badPlans, queryPlans, randomTicketId } from '@ticketing/core/testing';
import { currentStateEvents, place } from '../src/order.ts';
import { takenSlots } from '../src/use-cases/hold-slots.ts';
import { expireOverdue, resendUnanswered } from '../src/use-cases/sweep-orders.ts';
import { startOrders } from './builders.ts';
import type { OrdersUnderTest } from './builders.ts';

const NOW = new Date('2030-01-01T00:00:00.000Z');
const MINUTE_MS = 60_000;
const STATUSES: OrderStatus[] = ['created', 'awaiting:payment', 'capturing', 'complete', 'complete', 'cancelled'];

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
  service.setNow(NOW);
  // An order a minute: the last few minutes' are not overdue.
  const orders = Array.from({ length: 3000 }, (_, index) => {
    const at = new Date(NOW.getTime() - index * MINUTE_MS);
    const offer = { title: 'Concert', price: { amount: 2000, currency: 'usd' } };
    const ids = { ticketId: randomTicketId(), number: 1, userId: `buyer-${index % 50}` };
    const { state } = place({ ...ids, offer, holdSeconds: 900 }, at);
    const status = STATUSES[index % STATUSES.length] ?? 'created';
    // What waits has changed a moment ago, but for a few.
    const updatedAt = index % 60 < 6 ? state.updatedAt : NOW.toISOString();
    const slot = index % 6 < 3 && { buyerSlot: `${ids.userId} ${index}` };
    return { ...state, ...slot, status, updatedAt, changedAt: at.toISOString(), outbox: [] };
  });
  await service.models.orders.collection.insertMany(orders as never[]);
});
afterAll(() => service.stop());

it("a buyer's pages of orders, an order, and every sweep are found by an index, in its order", async () => {
  const plans = await queryPlans(service.models.orders.db, async () => {
    const { queries, orders } = service.stores;
    const { orders: page, next } = await queries.ordersOf('buyer-7', { size: 5 });
    expect(page).toHaveLength(5);
    await queries.ordersOf('buyer-7', { size: 5, cursor: next ?? '' });
    const { ticketId = '' } = page[4] ?? {};
    const ofTicket = await queries.ordersOf('buyer-7', { size: 1, ticketId });
    expect(ofTicket.orders).toEqual([page[4]]);
    await service.context.orders.find(page[0]?._id ?? '');
    expect(await queries.recentOf('buyer-7', 30)).toHaveLength(30);
    expect((await takenSlots(service.context, { userId: 'buyer-7', network: '192.0.2.7' })).ofBuyer).toHaveLength(3);
    await resendUnanswered(service.context);
    await expireOverdue(service.context);
    await orders.page({ 'outbox.at': { $lt: '2030-01-02T00:00:00.000Z' } }, 200);
    for (const { read } of service.gauges) await read();
    await service.context.orders.republish(new Date(NOW.getTime() - 300 * MINUTE_MS), currentStateEvents, NOW);
  });
  expect(plans.filter(({ returned }) => returned > 0).length).toBeGreaterThan(6);
  expect(badPlans(plans)).toEqual([]);
});
