import type { Answer } from '@/api/http.ts';
import type { Order, OrderPage, Ticket } from '@/api/types.ts';

/** A visitor's latest order of a ticket: undefined when there is none, `unknown` when orders could not be asked. */
export type OwnOrder = Order | 'unknown' | undefined;

/** The visitor's latest order, as orders has answered. */
export function ownOrder(answer: Answer<OrderPage>): OwnOrder {
  if (answer.ok) return answer.data.orders[0];
  // Without a session nothing is theirs.
  return answer.status === 401 ? undefined : 'unknown';
}

/** What the panel of a ticket shows a buyer. */
export type BuyerState =
  | { name: 'on-sale' | 'on-hold' | 'sold' | 'ended' }
  /** The ticket is on hold or sold, and whether it is the visitor's is not known. */
  | { name: 'on-hold-unclear' | 'sold-unclear' }
  | { name: 'own-hold' | 'bought'; order: Order };

export function buyerState({ status, isClosed }: Pick<Ticket, 'status' | 'isClosed'>, order: OwnOrder): BuyerState {
  const known = order === 'unknown' ? undefined : order;
  // The order may be ahead of its ticket.
  if (known?.status === 'complete') return { name: 'bought', order: known };
  if (status === 'held') {
    if (order === 'unknown') return { name: 'on-hold-unclear' };
    return known === undefined || known.status === 'cancelled'
      ? { name: 'on-hold' }
      : { name: 'own-hold', order: known };
  }
  if (status === 'sold') return { name: order === 'unknown' ? 'sold-unclear' : 'sold' };
  return { name: isClosed === true ? 'ended' : 'on-sale' };
}
