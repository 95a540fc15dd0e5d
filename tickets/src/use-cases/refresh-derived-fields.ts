import type { Collection } from '@ticketing/core';
import type { TicketsContext } from '../context.ts';
import { refreshDerived } from '../ticket.ts';
import type { Ticket } from '../ticket.ts';
import { moveTicket } from './move-ticket.ts';

const BATCH = 200;

/**
 * Derives the fields of the tickets that have changed since then, where an earlier release has derived them in another way, and
 * emits `ticket:updated` for those. The search and the day filter of a new release find older tickets only after this.
 */
export async function refreshDerivedFields(
  context: TicketsContext,
  collection: Collection<Ticket>,
  since: Date,
): Promise<void> {
  // A refreshed ticket moves to the end of the order of changes, where it would be found once more.
  const until = context.now().toISOString();
  for (let after = { changedAt: since.toISOString(), _id: '' }; ;) {
    const page = await collection.page({}, BATCH, after);
    for (const { _id } of page.filter((ticket) => refreshDerived(ticket)))
      await moveTicket(context, _id, refreshDerived);
    const last = page.at(-1);
    if (last === undefined || page.length < BATCH || last.changedAt > until) return;
    after = last;
  }
}
