import type { Order } from '@/api/types.ts';

/** A ticket that the visitor holds and can still pay. */
export interface HeldTicket {
  orderId: string;
  title: string;
  expiresAt: string;
  serverNow: string;
}

type Part = Pick<Order, 'id' | 'status' | 'expiresAt' | 'serverNow'> & { ticket: Pick<Order['ticket'], 'title'> };

/** The hold of an order; undefined when there is nothing to pay, or no time left. */
export function heldTicket({ id: orderId, status, expiresAt, serverNow, ticket }: Part): HeldTicket | undefined {
  if (status !== 'created' && status !== 'awaiting:payment') return undefined;
  return expiresAt > serverNow ? { orderId, title: ticket.title, expiresAt, serverNow } : undefined;
}

/** What was known of an order's hold at an instant of the server: `held` is undefined when there was none. */
export interface HoldNote {
  orderId: string;
  at: string;
  held: HeldTicket | undefined;
}

/** What an order tells of its hold. */
export const holdNote = (order: Part): HoldNote => ({
  orderId: order.id,
  at: order.serverNow,
  held: heldTicket(order),
});

const soonest = (held: Iterable<HeldTicket>): HeldTicket | undefined =>
  [...held].sort((a, b) => a.expiresAt.localeCompare(b.expiresAt))[0];

/** The hold whose time ends first. */
export const soonestHold = (notes: HoldNote[]): HeldTicket | undefined =>
  soonest(notes.flatMap(({ held }) => held ?? []));

/**
 * Creates the holds that a tab knows. The bar that shows them is not rendered again when the visitor goes from page to page, so the
 * pages of orders note what becomes of them, and the bar reads its order again.
 */
export function createHeldTickets() {
  const known = new Map<string, HoldNote>();
  const listeners = new Set<() => void>();
  let next: HeldTicket | undefined;
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    /** Notes the hold of an order, or that there is none any more, unless more is known: a page may be shown again as it was. */
    note(one: HoldNote) {
      if (one.at < (known.get(one.orderId)?.at ?? '')) return;
      known.set(one.orderId, one);
      next = soonestHold([...known.values()]);
      for (const listener of listeners) listener();
    },
    /** The hold whose time ends first; undefined when there is none. */
    get: () => next,
    knows: (orderId: string) => known.has(orderId),
  };
}

/** The holds that this tab knows. */
export const heldTickets = createHeldTickets();
