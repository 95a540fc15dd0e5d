import type { Connection } from 'mongoose';
import type { MessagingStores } from '../aggregate/messaging.ts';
import { mongoDeadLetters } from '../bus/mongo-dead-letters.ts';
import { leaseModel } from './lease-model.ts';
import { mongooseCollection } from './mongoose-collection.ts';

/** Creates the stores that a service needs to publish and consume events, in its MongoDB. */
export const messagingStores = (connection: Connection): MessagingStores => ({
  leases: mongooseCollection(leaseModel(connection)),
  deadLetters: mongoDeadLetters(connection),
});
