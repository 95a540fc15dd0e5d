import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../src/api/http.ts';
import type { Order, OrderPage, Ticket } from '../src/api/types.ts';
import { buyerState, type OwnOrder, ownOrder } from '../src/app/tickets/[id]/_components/buyer-state.ts';

const orderThat = (status: Order['status']) => ({ id: 'an-order', status }) as Order;
const ticketThat = (status: Ticket['status'], isClosed?: true) => ({ status, ...(isClosed && { isClosed }) });

describe("a visitor's own order of a ticket", () => {
  const page = (orders: Order[]) => ({ ok: true, data: { orders } }) as Answer<OrderPage>;
  const failed = (status: number) => ({ ok: false, status }) as Answer<OrderPage>;

  it.each<[string, Answer<OrderPage>, OwnOrder]>([
    ['the latest', page([orderThat('created')]), orderThat('created')],
    ['none', page([]), undefined],
    ['none without a session', failed(401), undefined],
    ['unknown while orders is down', failed(503), 'unknown'],
    ['unknown while orders refuses to be asked so often', failed(429), 'unknown'],
  ])('is %s', (_, answer, order) => {
    expect(ownOrder(answer)).toEqual(order);
  });
});

describe('the panel of a ticket', () => {
  it.each<[string, ReturnType<typeof ticketThat>, OwnOrder, string]>([
    ['on sale', ticketThat('listed'), undefined, 'on-sale'],
    ['closed once its event has started', ticketThat('listed', true), undefined, 'ended'],
    ['on hold for another', ticketThat('held'), undefined, 'on-hold'],
    ['on hold for another after the own order was cancelled', ticketThat('held'), orderThat('cancelled'), 'on-hold'],
    ['on hold for the visitor', ticketThat('held'), orderThat('awaiting:payment'), 'own-hold'],
    ['on hold for nobody knows whom', ticketThat('held'), 'unknown', 'on-hold-unclear'],
    ['sold', ticketThat('sold'), undefined, 'sold'],
    ['sold to nobody knows whom', ticketThat('sold'), 'unknown', 'sold-unclear'],
    ['bought', ticketThat('sold'), orderThat('complete'), 'bought'],
    ['bought, though the ticket has not learnt it yet', ticketThat('held'), orderThat('complete'), 'bought'],
  ])('shows a ticket that is %s', (_, ticket, order, name) => {
    expect(buyerState(ticket, order).name).toBe(name);
  });
});
