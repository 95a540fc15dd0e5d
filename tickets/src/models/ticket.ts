import { documentSchema } from '@ticketing/common/mongo';
import { id, instant, listingShape, refusalReason, ticketStatus, version } from '@ticketing/common/shapes';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { Ticket } from '../ticket.ts';

/** A document of the collection `tickets`. Its terms are stored for the indexes of the list, and never read. */
export interface TicketDocument extends Ticket {
  terms?: string[] | undefined;
}

const schema = documentSchema<TicketDocument>(
  listingShape.extend({
    sellerId: id,
    status: ticketStatus,
    hold: z.object({ orderId: id, buyerId: id, reservedUntil: instant }).optional(),
    seen: z.object({ number: version, version: z.int().min(-1), refused: refusalReason.optional() }),
    closesAt: instant,
    keywords: z.array(z.string()),
    createdAt: instant,
  }),
  { republished: true },
);
schema.add({ terms: { type: [String], default: undefined, select: false } });

const listed = { partialFilterExpression: { status: 'listed' } };

/** The indexes of the list, one for each field that it is sorted by: docs/adr/0019. */
export const listIndexes = {
  _id: { terms: 1, _id: -1, 'price.amount': 1, closesAt: 1 },
  'price.amount': { terms: 1, 'price.amount': 1, _id: 1, closesAt: 1 },
  closesAt: { terms: 1, closesAt: 1, _id: 1, 'price.amount': 1 },
} as const;
for (const fields of Object.values(listIndexes)) schema.index(fields, listed);

// For a seller's own tickets, and for the sweep of overdue holds.
schema.index({ sellerId: 1, _id: -1 });
schema.index({ 'hold.reservedUntil': 1 }, { partialFilterExpression: { status: 'held' } });

/** The model of the collection `tickets`. */
export const ticketModel = (connection: Connection): Model<TicketDocument> =>
  connection.model<TicketDocument>('Ticket', schema, 'tickets');
