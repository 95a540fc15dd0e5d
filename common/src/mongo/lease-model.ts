import type { Connection, Model } from 'mongoose';
import type { LeaseDocument } from '../aggregate/lease.ts';
import { documentSchema } from './schema.ts';

/** The leases of a service's instances, in the collection `leases`. */
export const leaseModel = (connection: Connection): Model<LeaseDocument> =>
  connection.model<LeaseDocument>(
    'Lease',
    // Mongoose takes an empty string for a missing one.
    documentSchema<LeaseDocument>({ holder: { type: String, default: '' } }),
    'leases',
  );
