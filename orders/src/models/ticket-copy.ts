import { id, offerShape, ticketStatus } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { TicketCopy } from '../ticket-copy.ts';

const schema = documentSchema<TicketCopy>(
  z.object({
    sellerId: id,
    status: ticketStatus,
    offer: offerShape,
    lastOrder: z.int().positive().optional(),
  }),
);

/** The model of the collection `tickets`. */
export const ticketCopyModel = (connection: Connection): Model<TicketCopy> =>
  connection.model<TicketCopy>('TicketCopy', schema, 'tickets');
