import type { Collection, DeadLetters, LeaseDocument, Logger } from '@ticketing/common';
import { collectionOf, createIndexes, leaseModel, mongoDeadLetters } from '@ticketing/common/mongo';
import type { SpeedUp } from '@ticketing/common/mongo';
import type { Connection } from 'mongoose';
import { paymentModel } from './models/payment.ts';
import type { Payment } from './payment.ts';

/** The stores of payments. */
export interface PaymentsStores {
  payments: Collection<Payment>;
  leases: Collection<LeaseDocument>;
  deadLetters: DeadLetters;
}

/** Creates the stores in MongoDB, with their indexes and the chosen speed-ups (default: all). */
export async function mongoStores(
  connection: Connection,
  log: Logger,
  chosen?: readonly SpeedUp[],
): Promise<PaymentsStores> {
  const payments = paymentModel(connection);
  await createIndexes([payments], log);
  return {
    payments: collectionOf(payments, chosen),
    leases: collectionOf(leaseModel(connection)),
    deadLetters: mongoDeadLetters(connection),
  };
}
