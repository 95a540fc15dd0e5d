import { createHealth } from '@ticketing/common';
import type { Fact, OrderData, TicketData } from '@ticketing/common';
import {
  deliver,
  dropTestStore,
  randomTicketId,
  randomUser,
  said,
  sessionCookie,
  silentLog,
  testSessions,
  testStore,
} from '@ticketing/common/testing';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { buyerModel } from '../src/models/buyer.ts';
import { orderModel } from '../src/models/order.ts';
import { ticketModel } from '../src/models/ticket.ts';
import { subscriptions } from '../src/subscriptions.ts';

export interface OrderView extends Omit<OrderData, 'offer'> {
  ticket: { id: string; title: string; price: { amount: number; currency: string } };
  serverNow: string;
  history: { status: string; at: string; reason?: string }[];
}

/** The orders service on an empty store, with a clock that a test sets. */
export async function startOrders({ maxLiveHolds = 3 }: { maxLiveHolds?: number } = {}) {
  const connection = await testStore();
  const [orders, tickets, buyers] = [orderModel(connection), ticketModel(connection), buyerModel(connection)];
  await orders.init();
  let time = new Date();
  const context = {
    ...{ orders, tickets, buyers },
    now: () => time,
    config: { HOLD_SECONDS: 900, MAX_LIVE_HOLDS: maxLiveHolds, EXPIRY_GRACE_SECONDS: 2 },
  };
  const app = createApp(
    context,
    { ...testSessions, RATE_LIMITS: false },
    { log: silentLog, health: createHealth(), config: { TRUSTED_PROXIES: 1 } },
  );
  const handlers = subscriptions(context);
  const api = request(app);

  const service = {
    api,
    context,
    now: () => time,
    setNow: (now: Date) => {
      time = now;
    },
    hear: (fact: Fact) => deliver(handlers, fact),
    said: (id: string) => said(connection, 'orders', id),
    /** A ticket for sale that orders has heard of. */
    async ticket(changes: Partial<TicketData> = {}): Promise<TicketData> {
      const ticket: TicketData = {
        ...{ id: randomTicketId(), version: 0, sellerId: randomUser().id, status: 'listed', title: 'Concert' },
        price: { amount: 2000, currency: 'usd' },
        ...changes,
      };
      await service.hear({ name: 'ticket:created', data: ticket });
      return ticket;
    },
    async buyer() {
      const user = randomUser();
      const cookie = await sessionCookie(user);
      return {
        ...user,
        cookie,
        order: (ticketId: string, body: object = {}) =>
          api
            .post('/api/orders')
            .set('Cookie', cookie)
            .send({ ticketId, ...body }),
        get: (path = '') => api.get(`/api/orders${path}`).set('Cookie', cookie),
        cancel: (id: string) => api.delete(`/api/orders/${id}`).set('Cookie', cookie),
      };
    },
    /** A new order of a new ticket, brought to a status by the events that lead there. */
    async orderIn(status: OrderData['status']) {
      const ticket = await service.ticket();
      const buyer = await service.buyer();
      const { id } = (await buyer.order(ticket.id).expect(201)).body as OrderView;
      if (status !== 'created') await service.hear(heldBy(ticket, id));
      if (status === 'capturing' || status === 'complete') await service.hear(payment('payment:authorized', id));
      if (status === 'complete') await service.hear(payment('payment:captured', id));
      if (status === 'cancelled') await buyer.cancel(id).expect(200);
      return { ticket, buyer, id };
    },
    async stateOf(id: string) {
      const order = await orders.findById(id).select('-outbox').lean().exec();
      return { status: order?.status, reason: order?.reason, version: order?.version };
    },
    stop: () => dropTestStore(connection),
  };
  return service;
}

export type OrdersUnderTest = Awaited<ReturnType<typeof startOrders>>;

/** What tickets says when it grants a hold. */
export const heldBy = (ticket: TicketData, orderId: string, version = 1): Fact => ({
  name: 'ticket:updated',
  data: { ...ticket, version, status: 'held', orderId, reservedUntil: '2030-01-01T00:00:00.000Z' },
});

export const refused = (ticket: TicketData, orderId: string, reason: 'ticket-changed' | 'ticket-withdrawn'): Fact => ({
  name: 'ticket:refused',
  data: { id: ticket.id, version: 1, orderId, reason },
});

export const payment = (name: 'payment:authorized' | 'payment:captured' | 'payment:failed', orderId: string): Fact => ({
  name,
  data: { id: orderId, version: 2, orderId, status: 'authorized', amount: 2000, currency: 'usd' },
});

export const expired = (orderId: string, expiresAt: string): Fact => ({
  name: 'expiration:complete',
  data: { id: orderId, version: 0, orderId, expiresAt },
});
