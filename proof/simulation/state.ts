import type { Envelope } from '@ticketing/common';
import type { UserSessionsState } from '../../auth/src/sessions.ts';
import type { OrderState } from '../../orders/src/order.ts';
import type { TicketCopy } from '../../orders/src/ticket-copy.ts';
import type { PaymentState } from '../../payments/src/payment.ts';
import type { TicketState } from '../../tickets/src/ticket.ts';
import type { Databases } from './store.ts';

type WithOutbox<D> = D & { outbox: Envelope[] };
export type Order = WithOutbox<OrderState>;
export type Ticket = WithOutbox<TicketState>;
export type Payment = WithOutbox<PaymentState>;
export type UserSessions = WithOutbox<UserSessionsState>;
/** What all aggregates have in common. */
export type Aggregate = WithOutbox<{ version: number }>;

export type State = ReturnType<typeof stateOf>;

/** The documents of a run by their ids, each collection with its type. */
export function stateOf(databases: Databases) {
  const collection =
    <D>(database: string, name: string) =>
    (): ReadonlyMap<string, D> =>
      (databases.get(`${database}/${name}`) ?? new Map<string, unknown>()) as unknown as ReadonlyMap<string, D>;
  const orders = collection<Order>('orders', 'orders');
  return {
    orders,
    tickets: collection<Ticket>('tickets', 'tickets'),
    payments: collection<Payment>('payments', 'payments'),
    /** The sessions of each user. */
    sessions: collection<UserSessions>('auth', 'sessions'),
    /** The encrypted payloads of deliveries. */
    payloads: collection<unknown>('tickets', 'deliveries'),
    /** The copies of tickets in orders. */
    copies: collection<TicketCopy>('orders', 'tickets'),
    /** The orders of a ticket, by number. */
    ordersOf(ticketId: string): Order[] {
      const found: Order[] = [];
      for (let number = 1; ; number++) {
        const order = orders().get(`${ticketId}-${number}`);
        if (!order) return found;
        found.push(order);
      }
    },
  };
}
