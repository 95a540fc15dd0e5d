import { pickOffer } from '@ticketing/common';
import type { DomainEvent, OrderData, TicketData } from '@ticketing/common';
import type { Handlers } from '@ticketing/core';
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
import type { Logger } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { deliveryKeys } from '../src/delivery/keys.ts';
import { openVault } from '../src/delivery/vault.ts';
import { ticketModel } from '../src/models/ticket.ts';
import { startTickets as startService } from '../src/service.ts';
import { mongoStores } from '../src/stores.ts';

export const DELIVERY_KEYS = ['a-delivery-key-for-tests-of-32-bytes'];

/** An instance of the tickets service on a store. Emitted events stay in the outboxes, and no periodic work runs. */
export async function startInstance(
  connection: Connection,
  {
    now,
    keys = DELIVERY_KEYS,
    log = silentLog,
    rateLimits = false,
  }: { now: () => Date; keys?: string[]; log?: Logger; rateLimits?: boolean },
) {
  const stores = await mongoStores(connection, log);
  const vault = await openVault(deliveryKeys(keys), stores.payloads, log);
  const config = { INSTANCE: 'test' };
  const service = startService({ stores, vault, bus: downBus, config, log, now, every: never });
  const { context, prepare } = service;
  const handlers: Handlers = service.handlers;
  for (const step of prepare) await step();
  const app = appOf(createApp, context, { keys: await mongoIdempotencyKeys(connection, log), log, rateLimits });
  return { stores, context, handlers, app, api: request(app) };
}

/** The tickets service with an empty store and a clock that tests set. */
export async function startTickets({
  rateLimits = false,
  log = silentLog,
}: { rateLimits?: boolean; log?: Logger } = {}) {
  const connection = await testStore();
  const tickets = ticketModel(connection);
  let time = new Date();
  const { stores, context, handlers, app, api } = await startInstance(connection, { now: () => time, log, rateLimits });
  const seller = randomUser();
  const cookie = await sessionCookie(seller);

  return {
    api,
    app,
    connection,
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

/** What the events of a ticket have, of a ticket as the API returns it. */
export function eventDataOf(ticket: TicketData & { offerTag?: string }): TicketData {
  const { offerTag: _, ...data } = ticket;
  return data;
}

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
