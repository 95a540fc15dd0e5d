import type { DomainEvent, OrderData, TicketData } from '@ticketing/common';
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
import type { PaymentsContext } from '../src/context.ts';
import { paymentModel } from '../src/models/payment.ts';
import type { PaymentProvider } from '../src/provider/provider.ts';
import { startPayments as startService } from '../src/service.ts';
import { mongoStores } from '../src/stores.ts';
import type { PaymentsStores } from '../src/stores.ts';
import { advanceDue } from '../src/use-cases/advance-payment.ts';
import { fakeProvider } from './fake-provider.ts';

/** The statuses of an order that payments learns of. */
export type KnownStatus = 'awaiting:payment' | 'capturing' | 'cancelled';

const VERSIONS = { capturing: 2, cancelled: 9 };

/** The event that tells payments the status of an order. */
function eventOf(order: OrderData, status: KnownStatus): DomainEvent {
  if (status === 'capturing') return { name: 'order:claimed', data: { ...order, status, version: VERSIONS.capturing } };
  if (status === 'cancelled')
    return { name: 'order:cancelled', data: { ...order, status, version: VERSIONS.cancelled } };
  const { id: orderId, userId: buyerId, expiresAt: reservedUntil, ticketId, number, offer } = order;
  const ticket: TicketData = {
    ...{ ...offer, id: ticketId, version: number, sellerId: 'seller', status: 'held' },
    ...{ orderId, buyerId, reservedUntil, lastOrder: number },
  };
  return { name: 'ticket:updated', data: ticket };
}

/** The payments service with an empty store, a provider in memory, and a clock that tests set. */
export async function startPayments({ outcomeWaitMs = 0 }: { outcomeWaitMs?: number } = {}) {
  const connection = await testStore();
  const payments = paymentModel(connection);
  const stores = await mongoStores(connection, silentLog);
  const keys = await mongoIdempotencyKeys(connection, silentLog);
  let time = new Date();
  const fake = fakeProvider();
  /** Starts an instance of the service. Emitted events stay in the outboxes, and no periodic work runs. */
  const startInstance = (
    changes: { payments?: PaymentsStores['payments']; provider?: PaymentProvider } = {},
  ): Pick<ReturnType<typeof startService>, 'background'> & {
    context: PaymentsContext;
    handlers: Handlers;
    gauges: StoreGauge[];
    prepare: Running['prepare'];
  } =>
    startService({
      stores: { ...stores, payments: changes.payments ?? stores.payments },
      provider: changes.provider ?? fake.provider,
      bus: downBus,
      config: { INSTANCE: 'test', OUTCOME_WAIT_MS: outcomeWaitMs },
      log: silentLog,
      now: () => time,
      every: never,
    });
  type Instance = ReturnType<typeof startInstance>;
  const first = startInstance();
  for (const step of first.prepare) await step();
  const apiOf = ({ context }: Instance) =>
    // Only the first instance is prepared.
    request(appOf(createApp, { ...context, endedSessions: first.context.endedSessions }, { keys }));
  const api = apiOf(first);

  const service = {
    api,
    fake,
    payments,
    stores,
    startInstance,
    context: () => first.context,
    now: () => time,
    pass(seconds: number) {
      time = new Date(time.getTime() + seconds * 1000);
    },
    /** Delivers the event of an order's status, and waits for the step at the provider that it triggers. */
    async consume(order: OrderData, status: KnownStatus, instance = first) {
      await deliver(instance.handlers, eventOf(order, status));
      await instance.background.whenIdle();
    },
    emitted: async (id: string) => (await emitted(connection, 'payments', id)).map(({ name }) => name),
    /** An order of a new buyer, with its copy in a status; `created`: payments does not know it yet. */
    async order(status: KnownStatus | 'created' = 'awaiting:payment') {
      const buyer = randomUser();
      const cookie = await sessionCookie(buyer);
      const id = `${randomTicketId()}-1`;
      const order: OrderData = {
        ...{ id, version: 0, ticketId: id.slice(0, 24), number: 1, userId: buyer.id, status: 'created' },
        offer: { title: 'Concert', price: { amount: 2000, currency: 'usd' } },
        expiresAt: new Date(time.getTime() + 900_000).toISOString(),
      };
      if (status !== 'created') await service.consume(order, status);
      return {
        order,
        id,
        buyer,
        cookie,
        pay: (paymentMethod = 'pm_card_visa', instance?: Instance) =>
          (instance ? apiOf(instance) : api)
            .post('/api/payments')
            .set('Cookie', cookie)
            .send({ orderId: id, paymentMethod }),
        get: () => api.get(`/api/payments/${id}`).set('Cookie', cookie),
      };
    },
    advanceDue: () => advanceDue(first.context),
    async stateOf(id: string) {
      const payment = await first.context.payments.find(id);
      return { status: payment?.status, order: payment?.order.status, dueAt: payment?.dueAt };
    },
    stop: () => dropTestStore(connection),
  };
  return service;
}

export type PaymentsUnderTest = Awaited<ReturnType<typeof startPayments>>;
