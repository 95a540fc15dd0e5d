import type { EndedSessionStore } from '@ticketing/common';
import type { Collection, MessagingStores } from '@ticketing/core';
import { collectionOf, createIndexes, messagingStores, mongoEndedSessions } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import type { Logger } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import { paymentModel } from './models/payment.ts';
import type { Payment } from './payment.ts';

/** The stores of payments. */
export interface PaymentsStores extends MessagingStores {
  endedSessions: EndedSessionStore;
  payments: Collection<Payment>;
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
    endedSessions: await mongoEndedSessions(connection, log),
    ...messagingStores(connection),
  };
}
