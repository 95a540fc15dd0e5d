// Coalesced placing: of the requests for one ticket that this instance gets at the same time, the first goes alone.
//
// Trade-off: the others wait for its outcome. In return they find the order that it has placed by one shared read, where each would
// otherwise acquire a hold slot, fail to insert its order, and release the slot again.
import type { PlaceOrder, PlacedOrder } from '../use-cases/place-order.ts';

type Place = (command: PlaceOrder) => Promise<PlacedOrder>;

/** A way to place orders that lets the first request for a ticket go alone. */
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
