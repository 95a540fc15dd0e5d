import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomTicketId } from '@ticketing/core/testing';
import { list } from '../src/ticket.ts';
import { startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());

it('a document of tickets is refused without a required field, or with an unknown one', async () => {
  const now = new Date('2030-01-01T00:00:00.000Z');
  const { state } = list(randomTicketId(), 'seller', { title: 'Concert', price: usd(2000) }, now);
  const document = { ...state, changedAt: now.toISOString(), outbox: [] };
  const insert = (changed: object) => service.stores.tickets.insert(changed as never);
  await expect(insert({ ...document, seen: undefined })).rejects.toThrow('seen');
  await expect(insert({ ...document, colour: 'red' })).rejects.toThrow('colour');
  expect(await insert(document)).toBe(true);
});
