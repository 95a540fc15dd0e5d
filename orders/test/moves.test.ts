import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent, EventName, OrderData, OrderStatus } from '@ticketing/common';
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

/** The effect of each event on an order in each status, and the event it emits. In a status that is not listed it changes nothing. */
const MOVES: {
  event: string;
  make: (id: string, ticket: Parameters<typeof heldBy>[0]) => DomainEvent;
  from: Partial<Record<OrderStatus, [OrderStatus, EventName | undefined, string?]>>;
}[] = [
  {
    event: 'ticket:updated (held)',
    make: (id, ticket) => heldBy(ticket, id),
    from: { created: ['awaiting:payment', undefined] },
  },
  {
    event: 'ticket:refused',
    make: (id, ticket) => refused(ticket, id, 'ticket-withdrawn'),
    from: { created: ['cancelled', 'order:cancelled', 'ticket-withdrawn'] },
  },
  {
    event: 'payment:authorized',
    make: (id) => payment('payment:authorized', id),
    from: { created: ['capturing', 'order:claimed'], 'awaiting:payment': ['capturing', 'order:claimed'] },
  },
  {
    event: 'payment:captured',
    make: (id) => payment('payment:captured', id),
    from: { capturing: ['complete', 'order:completed'] },
  },
  {
    event: 'payment:failed',
    make: (id) => payment('payment:failed', id),
    from: { capturing: ['cancelled', 'order:cancelled', 'payment-failed'] },
  },
];

describe.each(MOVES)('$event', ({ make, from }) => {
  it.each(EVERY)('delivered twice to an order that is %s is applied once, or ignored', async (status) => {
    const { ticket, id } = await service.orderIn(status);
    const before = await service.stateOf(id);
    const emittedBefore = (await service.emitted(id)).length;
    await service.consume(make(id, ticket));
    const after = await service.stateOf(id);
    const [to, name, reason] = from[status] ?? [];
    if (to === undefined) expect(after).toEqual(before);
    else {
      expect(after).toEqual({ status: to, reason, version: Number(before.version) + 1 });
      const emitted = (await service.emitted(id)).slice(emittedBefore);
      const data = expect.objectContaining({ id, version: after.version, status: to });
      expect(emitted).toEqual(name === undefined ? [] : [{ name, data }]);
    }
    await service.consume(make(id, ticket));
    expect(await service.stateOf(id)).toEqual(after);
  });
});

describe('expiration:complete', () => {
  const after = () => {
    service.setNow(new Date(service.now().getTime() + 901_000));
  };

  it.each(EVERY)('cancels an order that is %s only if it was neither claimed nor ended', async (status) => {
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

  it('is ignored before the hold has ended by the clock of orders', async () => {
    const { id } = await service.orderIn('awaiting:payment');
    await service.consume(expired(id, past));
    expect(await service.stateOf(id)).toMatchObject({ status: 'awaiting:payment' });
  });
});

describe('the sweeps', () => {
  it('cancel every other overdue order when one has no history, and show operators which', async () => {
    const broken = await service.orderIn('awaiting:payment');
    const { id } = await service.orderIn('awaiting:payment');
    const unset = { $unset: { history: 1 }, $inc: { version: 1 } };
    await service.models.orders.collection.updateOne({ _id: broken.id } as object, unset);
    service.setNow(new Date(service.now().getTime() + 906_000));
    await expireOverdue(service.context);
    expect(await service.stateOf(id)).toMatchObject({ status: 'cancelled', reason: 'expired' });
    expect(service.context.sweeps.failures()).toEqual([
      expect.objectContaining({ sweep: 'overdue orders', id: broken.id, error: expect.stringContaining('TypeError') }),
    ]);
    await service.models.orders.deleteOne({ _id: broken.id });
  });

  it('cancel overdue orders without expiration:complete, and no other orders', async () => {
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
  ] as const)('resend the event of an order that was %s for too long, once it was published', async (status, name) => {
    const { id } = await service.orderIn(status);
    const before = await service.emitted(id);
    await resendUnanswered(service.context);
    service.setNow(new Date(service.now().getTime() + 11_000));
    // The event is still unpublished.
    await resendUnanswered(service.context);
    expect(await service.emitted(id)).toEqual(before);
    await service.clearOutbox(id);
    await resendUnanswered(service.context);
    await resendUnanswered(service.context);
    const emitted = await service.emitted(id);
    expect(emitted).toEqual(before.slice(-1));
    expect(emitted[0]?.name).toBe(name);
  });
});

describe('a late event', () => {
  it('of a hold or an authorisation for a cancelled order is answered with order:cancelled', async () => {
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

describe('an order that is claimed before the event of its hold arrives', () => {
  it('is claimed for good: it is neither expired nor refused nor on hold again, and completes', async () => {
    const { ticket, id } = await service.orderIn('created');
    await service.consume(payment('payment:authorized', id));
    const claimed = await service.stateOf(id);
    expect(claimed).toEqual({ status: 'capturing', reason: undefined, version: 1 });
    service.setNow(new Date(service.now().getTime() + 901_000));
    await service.consume(expired(id, past));
    await service.consume(refused(ticket, id, 'ticket-changed'));
    await service.consume(heldBy(ticket, id));
    expect(await service.stateOf(id)).toEqual(claimed);
    await service.consume(payment('payment:captured', id));
    expect(await service.stateOf(id)).toEqual({ status: 'complete', reason: undefined, version: 2 });
    expect((await service.emitted(id)).map(({ name }) => name)).toEqual([
      'order:created',
      'order:claimed',
      'order:completed',
    ]);
  });
});

describe('the copy of a ticket', () => {
  it('is replaced only by a newer version', async () => {
    const ticket = await service.ticket();
    const price = (amount: number) => ({ amount, currency: 'usd' });
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 2, price: price(222) } });
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 1, price: price(111) } });
    await service.consume({ name: 'ticket:created', data: ticket });
    const copy = await service.context.tickets.find(ticket.id);
    expect(copy).toMatchObject({ version: 2, offer: { price: price(222) } });
  });

  it('is not written when an order holds the ticket', async () => {
    const ticket = await service.ticket();
    const stored = () => service.models.tickets.findById(ticket.id).lean().exec();
    const before = await stored();
    const { id } = (await (await service.buyer()).order(ticket.id).expect(201)).body as OrderView;
    service.setNow(new Date(service.now().getTime() + 1000));
    await service.consume(heldBy(ticket, id));
    expect(await service.stateOf(id)).toMatchObject({ status: 'awaiting:payment' });
    expect(await stored()).toEqual(before);
  });

  it('has the number of the newest order, whether that order was held or cancelled before', async () => {
    const { ticket, id } = await service.orderIn('awaiting:payment');
    const copy = () => service.context.tickets.find(ticket.id);
    service.setNow(new Date(service.now().getTime() + 901_000));
    await service.consume(expired(id, service.now().toISOString()));
    await service.consume({ name: 'ticket:updated', data: { ...ticket, version: 2, lastOrder: 1 } });
    expect(await copy()).toMatchObject({ version: 2, status: 'listed', lastOrder: 1 });
    const buyer = await service.buyer();
    const second = (await buyer.order(ticket.id).expect(201)).body as OrderView;
    await buyer.cancel(second.id).expect(200);
    expect(await copy()).toMatchObject({ version: 2, lastOrder: 2 });
  });
});
