import { createHealth, pickOffer } from '@ticketing/common';
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
import { ticketModel } from '../src/models/ticket.ts';
import { subscriptions } from '../src/subscriptions.ts';

/** The tickets service on an empty store, with a clock that a test sets. */
export async function startTickets() {
  const connection = await testStore();
  const tickets = ticketModel(connection);
  await tickets.init();
  let time = new Date();
  const context = { tickets, now: () => time };
  const app = createApp(context, testSessions, {
    log: silentLog,
    health: createHealth(),
    config: { TRUSTED_PROXIES: 1 },
  });
  const handlers = subscriptions(context);
  const seller = randomUser();
  const cookie = await sessionCookie(seller);
  const api = request(app);

  return {
    api,
    tickets,
    seller,
    cookie,
    now: () => time,
    setNow: (now: Date) => {
      time = now;
    },
    hear: (fact: Fact) => deliver(handlers, fact),
    said: (id: string) => said(connection, 'tickets', id),
    /** Lists a ticket and gives it as the API shows it. */
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

/** What orders says of order `number` of a ticket. */
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
