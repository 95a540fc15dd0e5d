// Coalesced placing: of concurrent requests for one ticket on this instance, the first runs alone.
//
// Trade-off: the others wait for its outcome. In return they find its order with one coalesced read; otherwise each would try
// to insert an order and fail.
import type { PlaceOrder, PlacedOrder } from '../use-cases/place-order.ts';

type Place = (command: PlaceOrder) => Promise<PlacedOrder>;

/** Decorates the placing of orders: the first request for a ticket runs alone. */
export function coalescedPlacing(place: Place): Place {
  const first = new Map<string, Promise<unknown>>();
  return async (command) => {
    const { ticketId } = command;
    const earlier = first.get(ticketId);
    if (earlier) {
      await earlier;
      return place(command);
    }
    const placed = place(command);
    const settled = placed.then(
      () => first.delete(ticketId),
      () => first.delete(ticketId),
    );
    first.set(ticketId, settled);
    return placed;
  };
}
