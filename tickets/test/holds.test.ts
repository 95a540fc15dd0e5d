import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent, OrderData, TicketData } from '@ticketing/common';
import { resendOverdueHolds } from '../src/use-cases/sweep-tickets.ts';
import { eventDataOf, orderOf, startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());

const created = (order: OrderData): DomainEvent => ({ name: 'order:created', data: order });
const cancelled = (order: OrderData): DomainEvent => ({ name: 'order:cancelled', data: order });
const completed = (order: OrderData): DomainEvent => ({ name: 'order:completed', data: order });

const stateOf = async ({ id }: TicketData) => {
  const found = await service.context.tickets.find(id);
  return { status: found?.status, orderId: found?.hold?.orderId, version: found?.version };
};
const emittedNames = async ({ id }: TicketData) => (await service.emitted(id)).map(({ name }) => name);

describe('order:created', () => {
  it('holds a listed ticket for the order, until the order expires', async () => {
    const ticket = await service.list();
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    const answer = await service.api.get(`/api/tickets/${ticket.id}`);
    expect(answer.body).toMatchObject({ status: 'held', reservedUntil: '2030-01-01T00:15:00.000Z', version: 1 });
    for (const hidden of ['orderId', 'buyerId', 'lastOrder']) expect(answer.body).not.toHaveProperty(hidden);
  });

  it('emits ticket:updated with the order, its buyer and the end of the hold, from which the payment begins', async () => {
    const ticket = await service.list();
    const order = orderOf(ticket, 1, 0, 'created');
    await service.consume(created(order));
    expect(await service.emitted(ticket.id)).toEqual([
      { name: 'ticket:created', data: eventDataOf(ticket) },
      {
        name: 'ticket:updated',
        data: {
          ...{ ...eventDataOf(ticket), version: 1, status: 'held', orderId: order.id, buyerId: order.userId },
          ...{ reservedUntil: order.expiresAt, lastOrder: 1 },
        },
      },
    ]);
  });

  it('gets the same answer and does not change the state when it is delivered twice', async () => {
    const ticket = await service.list();
    const order = orderOf(ticket, 1, 0, 'created');
    await service.consume(created(order));
    const before = await stateOf(ticket);
    await service.consume(created(order));
    expect(await stateOf(ticket)).toEqual(before);
    const [, first, again] = await service.emitted(ticket.id);
    expect(again).toEqual(first);
  });

  it('does nothing when order:cancelled was delivered before it', async () => {
    const ticket = await service.list();
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'listed' });
  });

  it('holds a held ticket for a newer order, because its number proves that the older one has ended', async () => {
    const ticket = await service.list();
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    await service.consume(created(orderOf(ticket, 2, 0, 'created')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'held', orderId: `${ticket.id}-2` });
    await service.consume(cancelled(orderOf(ticket, 1, 2, 'cancelled')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'held', orderId: `${ticket.id}-2` });
  });

  it.each([
    ['price', { price: usd(2500) }],
    ['title', { title: 'Another concert' }],
    ['venue', { venue: 'Elsewhere' }],
  ])('is refused when the %s has changed since the buyer saw it', async (_, change) => {
    const ticket = await service.list();
    const order = orderOf(ticket, 1, 0, 'created');
    await service.api
      .put(`/api/tickets/${ticket.id}`)
      .set('Cookie', service.cookie)
      .send({ title: 'Concert', price: usd(2000), ...change })
      .expect(200);
    await service.consume(created(order));
    expect(await stateOf(ticket)).toMatchObject({ status: 'listed' });
    expect(await service.emitted(ticket.id)).toContainEqual(
      expect.objectContaining({
        name: 'ticket:refused',
        data: expect.objectContaining({ orderId: order.id, reason: 'ticket-changed' }),
      }),
    );
  });

  it('is refused each time it is delivered when the ticket was withdrawn', async () => {
    const ticket = await service.list();
    await service.api.delete(`/api/tickets/${ticket.id}`).set('Cookie', service.cookie).expect(204);
    const order = orderOf(ticket, 1, 0, 'created');
    await service.consume(created(order));
    await service.consume(created(order));
    expect(await stateOf(ticket)).toMatchObject({ status: 'withdrawn' });
    const refusals = (await service.emitted(ticket.id)).filter(({ name }) => name === 'ticket:refused');
    expect(refusals).toHaveLength(2);
    expect(refusals[0]).toMatchObject({ data: { reason: 'ticket-withdrawn' } });
    expect(refusals[1]).toEqual(refusals[0]);
  });

  it('fails for an unknown ticket, so that the message is dead-lettered', async () => {
    const ticket = { ...(await service.list()), id: 'f'.repeat(24) };
    await expect(service.consume(created(orderOf(ticket, 1, 0, 'created')))).rejects.toThrow('no such ticket');
  });
});

describe('order:cancelled', () => {
  it('lists the ticket again and emits ticket:updated with the highest order number', async () => {
    const ticket = await service.list();
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    expect(await stateOf(ticket)).toEqual({ status: 'listed', orderId: undefined, version: 2 });
    const released = { name: 'ticket:updated', data: { ...eventDataOf(ticket), version: 2, lastOrder: 1 } };
    expect((await service.emitted(ticket.id)).at(-1)).toEqual(released);
  });

  it('changes nothing when it is delivered again', async () => {
    const ticket = await service.list();
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'listed', version: 2 });
  });

  it('leaves a withdrawn ticket withdrawn', async () => {
    const ticket = await service.list();
    await service.api.delete(`/api/tickets/${ticket.id}`).set('Cookie', service.cookie);
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'withdrawn' });
  });

  it('leaves a sold ticket sold when it is late', async () => {
    const ticket = await service.list();
    await service.consume(completed(orderOf(ticket, 2, 3, 'complete')));
    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'sold' });
  });
});

describe('order:completed', () => {
  it('sells the ticket for good and emits nothing', async () => {
    const ticket = await service.list();
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    await service.consume(completed(orderOf(ticket, 1, 3, 'complete')));
    await service.consume(completed(orderOf(ticket, 1, 3, 'complete')));
    expect(await stateOf(ticket)).toEqual({ status: 'sold', orderId: `${ticket.id}-1`, version: 2 });
    expect(await emittedNames(ticket)).toEqual(['ticket:created', 'ticket:updated']);
    const list = await service.api.get('/api/tickets?limit=100');
    expect((list.body as { tickets: TicketData[] }).tickets.map(({ id }) => id)).not.toContain(ticket.id);
  });

  it('sells the ticket even if no earlier event of the order was delivered', async () => {
    const ticket = await service.list();
    await service.consume(completed(orderOf(ticket, 1, 3, 'complete')));
    await service.consume(created(orderOf(ticket, 1, 0, 'created')));
    expect(await stateOf(ticket)).toMatchObject({ status: 'sold' });
  });
});

describe('a hold that should have ended', () => {
  it('is emitted again once it is overdue and published, so that orders resends how it ended', async () => {
    const ticket = await service.list();
    const expiresAt = new Date(service.now().getTime() + 900_000).toISOString();
    await service.consume(created(orderOf(ticket, 1, 0, 'created', { expiresAt })));
    const before = await service.emitted(ticket.id);

    await resendOverdueHolds(service.context);
    expect(await service.emitted(ticket.id)).toEqual(before);

    service.setNow(new Date(Date.parse(expiresAt) + 31_000));
    // The first event is still unpublished.
    await resendOverdueHolds(service.context);
    expect(await service.emitted(ticket.id)).toEqual(before);

    await service.clearOutbox(ticket.id);
    await resendOverdueHolds(service.context);
    await resendOverdueHolds(service.context);
    expect(await service.emitted(ticket.id)).toEqual(before.slice(-1));

    await service.consume(cancelled(orderOf(ticket, 1, 1, 'cancelled', { expiresAt })));
    expect(await stateOf(ticket)).toMatchObject({ status: 'listed' });
  });
});
