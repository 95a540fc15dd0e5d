import { documentSchema, partSchema } from '@ticketing/common/mongo';
import type { Connection, Model } from 'mongoose';
import type { Hold, HoldSlots } from '../hold-slots.ts';

const schema = documentSchema<HoldSlots>({
  holds: { type: [partSchema<Hold>({ orderId: String, at: String })], required: true },
});

export const holdSlotsModel = (connection: Connection): Model<HoldSlots> =>
  connection.model<HoldSlots>('HoldSlots', schema, 'holdslots');
