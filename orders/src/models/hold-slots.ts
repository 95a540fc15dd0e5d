import { id, instant } from '@ticketing/common/shapes';
import { documentSchema } from '@ticketing/core/mongo';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { HoldSlots } from '../hold-slots.ts';

const schema = documentSchema<HoldSlots>(
  z.object({
    holds: z.array(z.object({ orderId: id, at: instant, userId: id.optional() })),
    unpaid: z.object({ count: z.int().positive(), lastAt: instant }).optional(),
  }),
);

/** The model of the collection `holdslots`. */
export const holdSlotsModel = (connection: Connection): Model<HoldSlots> =>
  connection.model<HoldSlots>('HoldSlots', schema, 'holdslots');
