import type { TicketChange } from '@ticketing/common/shapes';
import type { Aggregate } from '@ticketing/core';
import type { Ticket, TicketState } from '../ticket.ts';

/** Decorates the aggregate of tickets: `saved` is called with each state that it has saved. */
export function announced(inner: Aggregate<Ticket>, saved: (change: TicketChange) => void): Aggregate<Ticket> {
  const announce = ({ _id: id, version, status }: TicketState) => {
    saved({ id, version, status });
  };
  return {
    ...inner,
    async insert(state, events, at) {
      const isInserted = await inner.insert(state, events, at);
      if (isInserted) announce(state);
      return isInserted;
    },
    async update(id, decide, at) {
      const updated = await inner.update(id, decide, at);
      if (updated?.decision?.next !== undefined) announce(updated.state);
      return updated;
    },
    async save(state, decision, at) {
      const isSaved = await inner.save(state, decision, at);
      if (isSaved && decision.next !== undefined) announce(decision.next);
      return isSaved;
    },
  };
}
