import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent, OrderData, OrderStatus } from '@ticketing/common';
import { expireOverdue, resendUnanswered } from '../src/use-cases/sweep-orders.ts';
import { expired, heldBy, payment, refused, startOrders } from './builders.ts';
import type { OrderView, OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

const EVERY: OrderStatus[] = ['created', 'awaiting:payment', 'capturing', 'complete', 'cancelled'];
const past = '2000-01-01T00:00:00.000Z';

/** What each event does to an order in each status; what is not named here changes nothing. */
const MOVES: {
  event: string;
  fact: (id: string, ticket: Parameters<typeof heldBy>[0]) => DomainEvent;
  from: Partial<Record<OrderStatus, [OrderStatus, string, string?]>>;
}[] = [
  {
    event: 'ticket:updated (held)',
    fact: (id, ticket) => heldBy(ticket, id),
    from: { created: ['awaiting:payment', 'order:reserved'] },
  },
  {
    event: 'ticket:refused',
    fact: (id, ticket) => refused(ticket, id, 'ticket-withdrawn'),
    from: { created: ['cancelled', 'order:cancelled', 'ticket-withdrawn'] },
  },
  {
    event: 'payment:authorized',
    fact: (id) => payment('payment:authorized', id),
    from: { 'awaiting:payment': ['capturing', 'order:claimed'] },
  },
  {
    event: 'payment:captured',
    fact: (id) => payment('payment:captured', id),
    from: { capturing: ['complete', 'order:completed'] },
  },
  {
    event: 'payment:failed',
    fact: (id) => payment('payment:failed', id),
    from: { capturing: ['cancelled', 'order:cancelled', 'payment-failed'] },
  },
];

describe.each(MOVES)('$event', ({ fact, from }) => {
  it.each(EVERY)('is applied, applied twice and applied late in %s', async (status) => {
    const { ticket, id } = await service.orderIn(status);
    const before = await service.stateOf(id);
    const emittedBefore = (await service.emitted(id)).length;
    await service.consume(fact(id, ticket));
    const after = await service.stateOf(id);
    const [to, says, reason] = from[status] ?? [];
    if (to === undefined) expect(after).toEqual(before);
    else {
      expect(after).toEqual({ status: to, reason, version: Number(before.version) + 1 });
      const [emitted] = (await service.emitted(id)).slice(emittedBefore);
      expect(emitted).toMatchObject({ name: says, data: { id, version: after.version, status: to } });
    }
    await service.consume(fact(id, ticket));
    expect(await service.stateOf(id)).toEqual(after);
  });
});

describe('expiration:complete', () => {
  const after = () => {
    service.setNow(new Date(service.now().getTime() + 901_000));
  };

  it.each(EVERY)('cancels what is not claimed, and nothing else (%s)', async (status) => {
    const { id } = await service.orderIn(status);
    const before = await service.stateOf(id);
    after();
    await service.consume(expired(id, past));
    await service.consume(expired(id, past));
    const isOpen = status === 'created' || status === 'awaiting:payment';
    expect(await service.stateOf(id)).toEqual(
      isOpen ? { status: 'cancelled', reason: 'expired', version: Number(before.version) + 1 } : before,
    );
  });

  it('is ignored before the time is up by the clock of orders', async () => {
    const { id } = await service.orderIn('awaiting:payment');
    await service.consume(expired(id, past));
    expect(await service.stateOf(id)).toMatchObject({ status: 'awaiting:payment' });
  });
});

describe('the sweeps', () => {
  it('cancel what is overdue without an event of expiration, and not before', async () => {
    const { id } = await service.orderIn('awaiting:payment');
    const claimed = await service.orderIn('capturing');
    service.setNow(new Date(service.now().getTime() + 904_000));
    await expireOverdue(service.context);
    expect(await service.stateOf(id)).toMatchObject({ status: 'awaiting:payment' });
    service.setNow(new Date(service.now().getTime() + 2000));
    await expireOverdue(service.context);
    expect(await service.stateOf(id)).toMatchObject({ status: 'cancelled', reason: 'expired' });
    expect(await service.stateOf(claimed.id)).toMatchObject({ status: 'capturing' });
  });

  it.each([
    ['created', 'order:created'],
    ['capturing', 'order:claimed'],
  ] as const)(
    'emit the event again of an order that waits too long in %s, once it was published',
    async (status, name) => {
      const { id } = await service.orderIn(status);
      const before = await service.emitted(id);
      await resendUnanswered(service.context);
      service.setNow(new Date(service.now().getTime() + 11_000));
      // The event is unpublished still.
      await resendUnanswered(service.context);
      expect(await service.emitted(id)).toEqual(before);
      await service.clearOutbox(id);
      await resendUnanswered(service.context);
      await resendUnanswered(service.context);
      const emitted = await service.emitted(id);
      expect(emitted).toEqual(before.slice(-1));
      expect(emitted[0]?.name).toBe(name);
    },
  );
});

describe('an event that is late', () => {
  it('is answered with order:cancelled: a hold, or an authorisation, for an order that has ended', async () => {
    const { ticket, id } = await service.orderIn('cancelled');
    const before = (await service.emitted(id)).length;
    await service.consume(heldBy(ticket, id, 5));
    await service.consume(payment('payment:authorized', id));
    const again = (await service.emitted(id)).slice(before);
    expect(again.map(({ name }) => name)).toEqual(['order:cancelled', 'order:cancelled']);
    expect(await service.stateOf(id)).toMatchObject({
      status: 'cancelled',
      version: (again[0]?.data as OrderData).version,
    });
  });
});

describe('the copy of a ticket', () => {
  it('is replaced by a newer version only', async () => {
    const ticket = await service.ticket();
    const price = (amount: number) => ({ amount, currency: 'usd' });
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 2, price: price(222) } });
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 1, price: price(111) } });
    await service.consume({ name: 'ticket:created', data: ticket });
    const copy = await service.context.tickets.find(ticket.id);
    expect(copy).toMatchObject({ version: 2, offer: { price: price(222) } });
  });

  it('keeps the number of the newest order: one that was held, then one that was cancelled unheld', async () => {
    const { ticket, id } = await service.orderIn('awaiting:payment');
    const copy = () => service.context.tickets.find(ticket.id);
    service.setNow(new Date(service.now().getTime() + 901_000));
    await service.consume(expired(id, service.now().toISOString()));
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 2 } });
    expect(await copy()).toMatchObject({ version: 2, status: 'listed', lastOrder: 1 });
    const buyer = await service.buyer();
    const second = (await buyer.order(ticket.id).expect(201)).body as OrderView;
    await buyer.cancel(second.id).expect(200);
    expect(await copy()).toMatchObject({ version: 2, lastOrder: 2 });
  });
});
