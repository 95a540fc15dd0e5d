// Which tickets are in the indexes of the list: those that have terms. These are the listed ones whose events have not started.
import type { Collection } from '@ticketing/common';
import { ownFilter } from '@ticketing/common/mongo';
import type { Model } from 'mongoose';
import type { Ticket, TicketState } from '../ticket.ts';
import { termsOf } from './terms.ts';
import { listIndexes } from './ticket.ts';
import type { TicketDocument } from './ticket.ts';

const BATCH = 200;

/** Adds its terms to a ticket that is listed. */
const withTerms = <T extends TicketState>(ticket: T): T =>
  ticket.status === 'listed' ? { ...ticket, terms: termsOf(ticket) } : ticket;

/** Decorates the collection of tickets: each write stores the ticket's terms, or removes them. */
export const indexed = (collection: Collection<Ticket>): Collection<Ticket> => ({
  ...collection,
  insert: (ticket) => collection.insert(withTerms(ticket)),
  updateIf: (id, version, { next, ...change }) =>
    collection.updateIf(id, version, { ...change, ...(next && { next: withTerms(next) }) }),
});

/**
 * Removes the terms of tickets whose events have started, which would slow the list down, and adds those of tickets that
 * were stored without any by an earlier release.
 */
export async function updateListIndex(model: Model<TicketDocument>, now: Date): Promise<void> {
  const at = now.toISOString();
  const [closed, open] = [{ closesAt: { $lte: at } }, { closesAt: { $gt: at } }];
  const batch = (filter: object) =>
    model
      .find(ownFilter({ status: 'listed', ...filter }))
      .hint(listIndexes.closesAt)
      .limit(BATCH)
      .lean<TicketState[]>()
      .exec();

  for (let found; (found = await batch({ terms: '', ...closed })).length > 0;)
    await model.updateMany(ownFilter({ _id: { $in: found.map(({ _id }) => _id) }, ...closed }), {
      $unset: { terms: 1 },
    });

  for (let found; (found = await batch({ terms: null, ...open })).length > 0;)
    await model.bulkWrite(
      found.map(({ _id, version, ...ticket }) => ({
        updateOne: { filter: { _id, version }, update: { $set: { terms: termsOf(ticket) } } },
      })),
      { ordered: false },
    );
}
