import { createHealth } from '@ticketing/common';
import type { Fact, OrderData } from '@ticketing/common';
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
import { paymentModel } from '../src/models/payment.ts';
import type { PaymentModel } from '../src/models/payment.ts';
import type { PaymentProvider } from '../src/provider/provider.ts';
import { createSettler } from '../src/settler.ts';
import { subscriptions } from '../src/subscriptions.ts';
import { settleDue } from '../src/use-cases/settle-payment.ts';
import { fakeProvider } from './fake-provider.ts';

const NAMES = {
  created: 'order:created',
  'awaiting:payment': 'order:reserved',
  capturing: 'order:claimed',
  complete: 'order:completed',
  cancelled: 'order:cancelled',
} as const;

export const VERSIONS = { created: 0, 'awaiting:payment': 1, capturing: 2, complete: 3, cancelled: 9 };

/** The payments service on an empty store, with a provider in memory and a clock that a test sets. */
export async function startPayments() {
  const connection = await testStore();
  const payments = paymentModel(connection);
  await payments.init();
  let time = new Date();
  const fake = fakeProvider();
  const contextWith = (changes: { payments?: PaymentModel; provider?: PaymentProvider } = {}) => ({
    ...{ payments, provider: fake.provider, now: () => time, log: silentLog },
    ...changes,
  });
  const appWith = (context: ReturnType<typeof contextWith>) =>
    createApp(
      context,
      { ...testSessions, RATE_LIMITS: false },
      { log: silentLog, health: createHealth(), config: { TRUSTED_PROXIES: 1 } },
    );
  const api = request(appWith(contextWith()));

  const service = {
    api,
    fake,
    payments,
    contextWith,
    now: () => time,
    pass(seconds: number) {
      time = new Date(time.getTime() + seconds * 1000);
    },
    /** Delivers what orders says of an order in a status, and waits until what it sets off at the provider is done. */
    async hear(order: OrderData, status: OrderData['status'], context = contextWith()) {
      const settler = createSettler(silentLog);
      const fact: Fact = { name: NAMES[status], data: { ...order, status, version: VERSIONS[status] } };
      await deliver(subscriptions(context, settler), fact);
      await settler.stop();
    },
    said: async (id: string) => (await said(connection, 'payments', id)).map(({ name }) => name),
    /** An order of a new buyer, heard of in a status. */
    async order(status: OrderData['status'] = 'awaiting:payment') {
      const buyer = randomUser();
      const cookie = await sessionCookie(buyer);
      const id = `${randomTicketId()}-1`;
      const order: OrderData = {
        ...{ id, version: 0, ticketId: id.slice(0, 24), number: 1, userId: buyer.id, status: 'created' },
        offer: { title: 'Concert', price: { amount: 2000, currency: 'usd' } },
        expiresAt: new Date(time.getTime() + 900_000).toISOString(),
      };
      await service.hear(order, 'created');
      if (status !== 'created') await service.hear(order, status);
      return {
        order,
        id,
        buyer,
        cookie,
        pay: (paymentMethod = 'pm_card_visa', context?: ReturnType<typeof contextWith>) =>
          (context ? request(appWith(context)) : api)
            .post('/api/payments')
            .set('Cookie', cookie)
            .send({ orderId: id, paymentMethod }),
        get: () => api.get(`/api/payments/${id}`).set('Cookie', cookie),
      };
    },
    settleDue: () => settleDue(contextWith()),
    async stateOf(id: string) {
      const payment = await payments.findById(id).select('-outbox').lean().exec();
      return { status: payment?.status, order: payment?.order.status, dueAt: payment?.dueAt };
    },
    stop: () => dropTestStore(connection),
  };
  return service;
}

export type PaymentsUnderTest = Awaited<ReturnType<typeof startPayments>>;
