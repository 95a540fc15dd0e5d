import { documentSchema } from '@ticketing/common/mongo';
import type { Connection, Model } from 'mongoose';
import type { TicketCopy } from '../ticket-copy.ts';
import { offerSchema } from './offer.ts';

const schema = documentSchema<TicketCopy>({
  sellerId: { type: String, required: true },
  status: { type: String, required: true },
  offer: { type: offerSchema, required: true },
  lastOrder: Number,
});

export const ticketCopyModel = (connection: Connection): Model<TicketCopy> =>
  connection.model<TicketCopy>('TicketCopy', schema, 'tickets');
