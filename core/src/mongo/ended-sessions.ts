import { Schema } from 'mongoose';
import type { Connection } from 'mongoose';
import type { EndedSessionStore } from '@ticketing/common';
import type { Logger } from '@ticketing/runtime';
import { createIndexes } from './connect.ts';
import { ownFilter } from './own-filter.ts';

interface Stored {
  _id: string;
  endsAt: Date;
  addedAt: Date;
}

const time = { type: Date, required: true };
const schema = new Schema<Stored>(
  { _id: { type: String, required: true }, endsAt: time, addedAt: time },
  { versionKey: false, strict: 'throw' },
);
// MongoDB removes a session when its token has expired.
schema.index({ endsAt: 1 }, { expireAfterSeconds: 0 });
schema.index({ addedAt: 1 });

// The driver's type expects an ObjectId where it does not know the documents.
const byId = (_id: string): object => ({ _id });

/** Stores ended sessions in the collection `endedsessions` of a service's MongoDB. */
export async function mongoEndedSessions(connection: Connection, log: Logger): Promise<EndedSessionStore> {
  const model = connection.model<Stored>('EndedSession', schema, 'endedsessions');
  await createIndexes([model], log);
  return {
    async add(sessions) {
      if (sessions.length === 0) return;
      // Through the driver, because Mongoose does not know the time of the server, by which all instances read.
      await model.collection.bulkWrite(
        sessions.map(({ id, endsAt }) => ({
          updateOne: {
            filter: byId(id),
            update: [{ $set: { endsAt: new Date(endsAt), addedAt: { $ifNull: ['$addedAt', '$$NOW'] } } }],
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    async *addedSince(since) {
      const found = model.find(ownFilter({ addedAt: { $gte: since } })).lean<Stored[]>();
      for await (const { _id: id, endsAt, addedAt } of found.cursor() as AsyncIterable<Stored>)
        yield { id, endsAt: endsAt.toISOString(), addedAt };
    },
  };
}
