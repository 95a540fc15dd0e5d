import type { Connection, Model } from 'mongoose';
import { z } from 'zod';
import type { LeaseDocument } from '../aggregate/lease.ts';
import { documentSchema } from './schema.ts';

const schema = documentSchema<LeaseDocument>(z.object({ holder: z.string().optional() }));

/** The leases of a service's instances, in the collection `leases`. */
export const leaseModel = (connection: Connection): Model<LeaseDocument> =>
  connection.model<LeaseDocument>('Lease', schema, 'leases');
