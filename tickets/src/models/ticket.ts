import { day, id, instant, listingShape, refusalReason, ticketStatus, version } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Ticket } from '../ticket.ts';
import { ALL, WITH_CURRENCY, WITH_FACET, WITH_WORD } from './list-indexes.ts';

const schema = documentSchema<Ticket>(
  listingShape.extend({
    sellerId: id,
    status: ticketStatus,
    hold: z.object({ orderId: id, buyerId: id, reservedUntil: instant }).optional(),
    seen: z.object({ number: version, version: z.int().min(-1), refused: refusalReason.optional() }),
    delivery: z
      .object({
        parts: z.array(z.object({ id, kind: z.enum(['text', 'file']), fingerprint: z.string().optional() })),
        fingerprints: z.array(z.string()).optional(),
      })
      .optional(),
    closesAt: instant,
    day: day.optional(),
    keywords: z.array(z.string()),
    facets: z.array(z.string()).optional(),
    searchText: z.string().optional(),
    listingVersion: version.optional(),
    createdAt: instant,
  }),
  { republished: true },
);

// For the sweep of holds, and for a seller's own tickets.
schema.index({ status: 1, _id: -1 });
schema.index({ sellerId: 1, _id: -1 });
// For the list. Only listed tickets are in these.
const listed = { partialFilterExpression: { status: 'listed' } };
for (const index of new Set([...Object.values(ALL), ...Object.values(WITH_CURRENCY)])) schema.index(index, listed);
schema.index(WITH_WORD, listed);
const listedWithFacets = { partialFilterExpression: { status: 'listed', facets: { $exists: true } } };
for (const index of new Set(Object.values(WITH_FACET))) schema.index(index, listedWithFacets);
// The same ticket can't be in two listings: a withdrawn one has no fingerprints.
schema.index({ 'delivery.fingerprints': 1 }, { unique: true, sparse: true });

/** The model of the collection `tickets`. */
export const ticketModel = (connection: Connection): Model<Ticket> =>
  connection.model<Ticket>('Ticket', schema, 'tickets');
