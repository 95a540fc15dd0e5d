import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TicketData } from '@ticketing/common';
import { randomTicketId } from '@ticketing/core/testing';
import { editTicket } from '../src/use-cases/edit-ticket.ts';
import { listTicket } from '../src/use-cases/list-ticket.ts';
import { startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());

const listing = { title: 'Concert', price: usd(2000) };
const post = (key: string, body: object = listing) =>
  service.api.post('/api/tickets').set('Cookie', service.cookie).set('Idempotency-Key', key).send(body);
const ticketsNow = () => service.tickets.countDocuments();

describe('listing a ticket with an idempotency key', () => {
  it('lists one ticket, however often it is sent', async () => {
    const before = await ticketsNow();
    const key = crypto.randomUUID();
    const answers = [await post(key), await post(key), await post(key)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => (body as TicketData).id)).size).toBe(1);
    expect(await ticketsNow()).toBe(before + 1);
  });

  it('gets the first answer again after the event has begun, although the date would now be refused', async () => {
    const key = crypto.randomUUID();
    const body = { ...listing, startsAt: new Date(service.now().getTime() + 60_000).toISOString() };
    const first = await post(key, body).expect(201);
    const now = service.now();
    service.setNow(new Date(now.getTime() + 120_000));
    const again = await post(key, body);
    service.setNow(now);
    expect([again.status, again.body]).toEqual([201, first.body]);
  });
});

describe('a command that lists a ticket and is run again', () => {
  it('lists one ticket with one event when eight run at the same time', async () => {
    const { context, seller } = service;
    const commandId = randomTicketId();
    const listed = await Promise.all(
      Array.from({ length: 8 }, () => listTicket(context, seller.id, listing, commandId)),
    );
    expect(new Set(listed.map(({ _id }) => _id))).toEqual(new Set([commandId]));
    expect(await service.emitted(commandId)).toMatchObject([{ name: 'ticket:created' }]);
  });

  it('keeps what has become of its ticket since', async () => {
    const { context, seller } = service;
    const { _id: id } = await listTicket(context, seller.id, listing, randomTicketId());
    await editTicket(context, id, seller.id, { ...listing, title: 'Opera' });
    expect(await listTicket(context, seller.id, listing, id)).toMatchObject({ _id: id, title: 'Opera', version: 1 });
  });
});
