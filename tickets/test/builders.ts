import { createHealth, pickOffer } from '@ticketing/common';
import type { DomainEvent, OrderData, TicketData } from '@ticketing/common';
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
import { mongoIdempotencyKeys } from '@ticketing/common/mongo';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { ticketModel } from '../src/models/ticket.ts';
import { startTickets as startService } from '../src/service.ts';
import { mongoStores } from '../src/stores.ts';

/** The tickets service with an empty store and a clock that tests set. */
export async function startTickets() {
  const connection = await testStore();
  const tickets = ticketModel(connection);
  const stores = await mongoStores(connection, silentLog);
  const keys = await mongoIdempotencyKeys(connection, silentLog);
  let time = new Date();
  // Emitted events stay in the outboxes, and no periodic work runs.
  const { context, handlers } = startService({
    stores,
    bus: downBus,
    config: { INSTANCE: 'test' },
    log: silentLog,
    now: () => time,
    every: never,
  });
  const app = createApp(context, testSessions, {
    log: silentLog,
    health: createHealth(),
    config: { TRUSTED_PROXIES: 1 },
    keys,
  });
  const seller = randomUser();
  const cookie = await sessionCookie(seller);
  const api = request(app);

  return {
    api,
    context,
    stores,
    tickets,
    seller,
    cookie,
    now: () => time,
    setNow: (now: Date) => {
      time = now;
    },
    consume: (event: DomainEvent) => deliver(handlers, event),
    emitted: (id: string) => emitted(connection, 'tickets', id),
    /** Empties a ticket's outbox, as the relay does after publishing. */
    clearOutbox: (id: string) => tickets.updateOne({ _id: id }, { $set: { outbox: [] } }),
    /** Lists a ticket and returns it as the API does. */
    async list(listing: object = {}) {
      const answer = await api
        .post('/api/tickets')
        .set('Cookie', cookie)
        .send({ title: 'Concert', price: usd(2000), ...listing });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body as TicketData;
    },
    stop: () => dropTestStore(connection),
  };
}

export type TicketsUnderTest = Awaited<ReturnType<typeof startTickets>>;

export const usd = (amount: number) => ({ amount, currency: 'usd' });

/** The data of an event about order `number` of a ticket. */
export function orderOf(
  ticket: TicketData,
  number: number,
  version: number,
  status: OrderData['status'],
  changes: Partial<OrderData> = {},
): OrderData {
  return {
    id: `${ticket.id}-${number}`,
    version,
    ticketId: ticket.id,
    number,
    userId: randomTicketId(),
    status,
    offer: pickOffer(ticket),
    expiresAt: '2030-01-01T00:15:00.000Z',
    ...changes,
  };
}
