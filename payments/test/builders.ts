import { createHealth } from '@ticketing/common';
import type { DomainEvent, OrderData } from '@ticketing/common';
import {
  deliver,
  downBus,
  dropTestStore,
  emitted,
  never,
  randomTicketId,
  randomUser,
  sessionCookie,
  silentLog,
  testSessions,
  testStore,
} from '@ticketing/common/testing';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { paymentModel } from '../src/models/payment.ts';
import type { PaymentProvider } from '../src/provider/provider.ts';
import { startPayments as startService } from '../src/service.ts';
import { mongoStores } from '../src/stores.ts';
import type { PaymentsStores } from '../src/stores.ts';
import { advanceDue } from '../src/use-cases/advance-payment.ts';
import { fakeProvider } from './fake-provider.ts';

const NAMES = {
  created: 'order:created',
  'awaiting:payment': 'order:reserved',
  capturing: 'order:claimed',
  complete: 'order:completed',
  cancelled: 'order:cancelled',
} as const;

export const VERSIONS = { created: 0, 'awaiting:payment': 1, capturing: 2, complete: 3, cancelled: 9 };

/** The payments service with an empty store, a provider in memory, and a clock that tests set. */
export async function startPayments() {
  const connection = await testStore();
  const payments = paymentModel(connection);
  const stores = await mongoStores(connection, silentLog);
  let time = new Date();
  const fake = fakeProvider();
  /** Starts an instance of the service. Emitted events stay in the outboxes, and no periodic work runs. */
  const startInstance = (changes: { payments?: PaymentsStores['payments']; provider?: PaymentProvider } = {}) =>
    startService({
      stores: { ...stores, payments: changes.payments ?? stores.payments },
      provider: changes.provider ?? fake.provider,
      bus: downBus,
      config: { INSTANCE: 'test' },
      log: silentLog,
      now: () => time,
      every: never,
    });
  type Instance = ReturnType<typeof startInstance>;
  const first = startInstance();
  const apiOf = ({ context }: Instance) =>
    request(
      createApp(
        context,
        { ...testSessions, RATE_LIMITS: false },
        { log: silentLog, health: createHealth(), config: { TRUSTED_PROXIES: 1 } },
      ),
    );
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
    async consume(order: OrderData, status: OrderData['status'], instance = first) {
      const event: DomainEvent = { name: NAMES[status], data: { ...order, status, version: VERSIONS[status] } };
      await deliver(instance.handlers, event);
      await instance.background.whenIdle();
    },
    emitted: async (id: string) => (await emitted(connection, 'payments', id)).map(({ name }) => name),
    /** An order of a new buyer, with its copy in a status. */
    async order(status: OrderData['status'] = 'awaiting:payment') {
      const buyer = randomUser();
      const cookie = await sessionCookie(buyer);
      const id = `${randomTicketId()}-1`;
      const order: OrderData = {
        ...{ id, version: 0, ticketId: id.slice(0, 24), number: 1, userId: buyer.id, status: 'created' },
        offer: { title: 'Concert', price: { amount: 2000, currency: 'usd' } },
        expiresAt: new Date(time.getTime() + 900_000).toISOString(),
      };
      await service.consume(order, 'created');
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
