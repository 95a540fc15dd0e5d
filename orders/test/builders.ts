import type { CurrentUser, DomainEvent, OrderData, TicketData } from '@ticketing/common';
import type { Handlers, Running } from '@ticketing/core';
import { mongoIdempotencyKeys } from '@ticketing/core/mongo';
import {
  appOf,
  deliver,
  downBus,
  dropTestStore,
  emitted,
  never,
  randomTicketId,
  randomUser,
  sessionCookie,
  silentLog,
  testStore,
} from '@ticketing/core/testing';
import type { StoreGauge } from '@ticketing/runtime';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import type { OrdersContext } from '../src/context.ts';
import { orderModel } from '../src/models/order.ts';
import { ticketCopyModel } from '../src/models/ticket-copy.ts';
import { startOrders as startService } from '../src/service.ts';
import { mongoStores } from '../src/stores.ts';

export interface OrderView extends Omit<OrderData, 'offer'> {
  ticket: { id: string; title: string; price: { amount: number; currency: string } };
  serverNow: string;
  history: { status: string; at: string; reason?: string }[];
}

/** The orders service with an empty store and a clock that tests set. */
export async function startOrders({
  maxLiveHolds = 3,
  rateLimits = false,
  outcomeWaitMs = 0,
}: { maxLiveHolds?: number; rateLimits?: boolean; outcomeWaitMs?: number } = {}) {
  const connection = await testStore();
  const stores = await mongoStores(connection, silentLog);
  let time = new Date();
  const config = {
    HOLD_SECONDS: 900,
    MAX_LIVE_HOLDS: maxLiveHolds,
    MAX_NETWORK_HOLDS: 8,
    EXPIRY_GRACE_SECONDS: 2,
    HOLD_PAUSE_SECONDS: 600,
    OUTCOME_WAIT_MS: outcomeWaitMs,
    INSTANCE: 'test',
  };
  /** Starts an instance of the service. Emitted events stay in the outboxes, and no periodic work runs. */
  const startInstance = (): {
    context: OrdersContext;
    handlers: Handlers;
    gauges: StoreGauge[];
    prepare: Running['prepare'];
  } => startService({ stores, bus: downBus, config, log: silentLog, now: () => time, every: never });
  const { context, handlers, gauges, prepare } = startInstance();
  for (const step of prepare) await step();
  const keys = await mongoIdempotencyKeys(connection, silentLog);
  const api = request(appOf(createApp, context, { keys, rateLimits }));

  const service = {
    api,
    context,
    models: {
      orders: orderModel(connection),
      tickets: ticketCopyModel(connection),
    },
    stores,
    gauges,
    startInstance,
    /** Empties an order's outbox, as the relay does after publishing. */
    clearOutbox: (id: string) => orderModel(connection).updateOne({ _id: id }, { $set: { outbox: [] } }),
    now: () => time,
    setNow: (now: Date) => {
      time = now;
    },
    consume: (event: DomainEvent) => deliver(handlers, event),
    emitted: (id: string) => emitted(connection, 'orders', id),
    /** A ticket for sale, with its copy in orders. */
    async ticket(changes: Partial<TicketData> = {}): Promise<TicketData> {
      const ticket: TicketData = {
        ...{ id: randomTicketId(), version: 0, sellerId: randomUser().id, status: 'listed', title: 'Concert' },
        price: { amount: 2000, currency: 'usd' },
        ...changes,
      };
      await service.consume({ name: 'ticket:created', data: ticket });
      return ticket;
    },
    async buyer(changes: Partial<CurrentUser> = {}) {
      const user = { ...randomUser(), ...changes };
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
        cancel: (id: string, headers: Record<string, string> = {}) =>
          api.delete(`/api/orders/${id}`).set({ Cookie: cookie, ...headers }),
      };
    },
    /** A new order of a new ticket, moved to a status by events. */
    async orderIn(status: OrderData['status']) {
      const ticket = await service.ticket();
      const buyer = await service.buyer();
      const { id } = (await buyer.order(ticket.id).expect(201)).body as OrderView;
      if (status !== 'created') await service.consume(heldBy(ticket, id));
      if (status === 'capturing' || status === 'complete') await service.consume(payment('payment:authorized', id));
      if (status === 'complete') await service.consume(payment('payment:captured', id));
      if (status === 'cancelled') await buyer.cancel(id).expect(200);
      return { ticket, buyer, id };
    },
    async stateOf(id: string) {
      const order = await context.orders.find(id);
      return { status: order?.status, reason: order?.reason, version: order?.version };
    },
    stop: () => dropTestStore(connection),
  };
  return service;
}

export type OrdersUnderTest = Awaited<ReturnType<typeof startOrders>>;

/** The event with which tickets grants a hold. */
export const heldBy = (ticket: TicketData, orderId: string, version = 1): DomainEvent => ({
  name: 'ticket:updated',
  data: {
    ...{ ...ticket, version, status: 'held', orderId, buyerId: 'buyer' },
    reservedUntil: '2030-01-01T00:00:00.000Z',
    lastOrder: Number(orderId.split('-')[1]),
  },
});

export const refused = (
  ticket: TicketData,
  orderId: string,
  reason: 'ticket-changed' | 'ticket-withdrawn',
): DomainEvent => ({
  name: 'ticket:refused',
  data: { id: ticket.id, version: 1, orderId, reason },
});

export const payment = (
  name: 'payment:authorized' | 'payment:captured' | 'payment:failed',
  orderId: string,
): DomainEvent => ({
  name,
  data: { id: orderId, version: 2, orderId, status: 'authorized', amount: 2000, currency: 'usd' },
});

export const expired = (orderId: string, expiresAt: string): DomainEvent => ({
  name: 'expiration:complete',
  data: { id: orderId, version: 0, orderId, expiresAt },
});
