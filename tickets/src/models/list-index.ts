// Which tickets are in the indexes of the list: those that have terms. These are the listed ones whose events have not started.
import type { Collection } from '@ticketing/common';
import { ownFilter } from '@ticketing/common/mongo';
import type { Model } from 'mongoose';
import type { Ticket, TicketState } from '../ticket.ts';
import { ANY, termsOf } from './terms.ts';
import { listIndexes } from './ticket.ts';
import type { TicketDocument } from './ticket.ts';

const BATCH = 200;
const MIGRATION = 'terms of tickets';

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

/** Removes the terms of tickets whose events have started, which would slow the list down. */
export async function unlistClosed(model: Model<TicketDocument>, now: Date): Promise<void> {
  const closed = { terms: ANY, closesAt: { $lte: now.toISOString() } };
  for (;;) {
    const found = await model
      .find(ownFilter(closed))
      .hint(listIndexes.closesAt)
      .select('_id')
      .limit(BATCH)
      .lean()
      .exec();
    if (found.length === 0) return;
    const ids = found.map(({ _id }) => _id);
    await model.updateMany(ownFilter({ ...closed, _id: { $in: ids } }), { $unset: { terms: true } });
  }
}

/** Adds the terms to tickets that an earlier release has stored without any. Does nothing once that is done. */
export async function addMissingTerms(model: Model<TicketDocument>): Promise<void> {
  const done = model.db.collection<{ _id: string }>('migrations');
  if (await done.findOne({ _id: MIGRATION })) return;
  for (let after = ''; ;) {
    const page = await model
      .find(ownFilter({ _id: { $gt: after } }))
      .sort({ _id: 1 })
      .limit(BATCH)
      .lean<TicketState[]>()
      .exec();
    const listed = page.filter(({ status }) => status === 'listed');
    // At the version that was read: a ticket that has changed since then was stored with its terms.
    await Promise.all(
      listed.map((ticket) =>
        model.updateOne({ _id: ticket._id, version: ticket.version }, { $set: { terms: termsOf(ticket) } }),
      ),
    );
    const last = page.at(-1);
    if (last === undefined) break;
    after = last._id;
  }
  await done.updateOne({ _id: MIGRATION }, { $set: { at: new Date().toISOString() } }, { upsert: true });
}
