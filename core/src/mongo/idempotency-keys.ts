import { Schema } from 'mongoose';
import type { Connection } from 'mongoose';
import type { IdempotencyKeys, KeyRecord } from '@ticketing/common';
import type { Logger } from '@ticketing/runtime';
import { isDuplicateKey } from '../duplicate-keys.ts';
import { createIndexes } from './connect.ts';
import { ownFilter } from './own-filter.ts';

type Stored = Omit<KeyRecord, 'id'> & { _id: string };

const DAY_SECONDS = 86_400;

const schema = new Schema<Stored>(
  {
    _id: { type: String, required: true },
    fingerprint: { type: String, required: true },
    commandId: { type: String, required: true },
    createdAt: { type: Date, required: true },
    lockedUntil: { type: Date, required: true },
    answer: { type: Schema.Types.Mixed },
  },
  { versionKey: false, strict: 'throw' },
);
schema.index({ createdAt: 1 }, { expireAfterSeconds: DAY_SECONDS });

/** Stores idempotency keys for a day, in the collection `idempotencykeys` of a service's MongoDB. */
export async function mongoIdempotencyKeys(connection: Connection, log: Logger): Promise<IdempotencyKeys> {
  const model = connection.model<Stored>('IdempotencyKey', schema, 'idempotencykeys');
  await createIndexes([model], log);
  const withoutAnswer = (id: string) => ownFilter({ _id: id, answer: { $exists: false } });
  return {
    async insert({ id, ...record }) {
      try {
        await model.create([{ _id: id, ...record }]);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async find(id) {
      const found = await model.findById(id).lean<Stored>().exec();
      if (found === null) return null;
      const { _id, ...record } = found;
      return { id: _id, ...record };
    },
    async lock(id, from, until) {
      const { matchedCount } = await model.updateOne(
        { ...withoutAnswer(id), lockedUntil: from },
        { $set: { lockedUntil: until } },
      );
      return matchedCount === 1;
    },
    async unlock(id) {
      await model.updateOne(withoutAnswer(id), { $set: { lockedUntil: new Date(0) } });
    },
    async answer(id, answer) {
      await model.updateOne(withoutAnswer(id), { $set: { answer } });
    },
  };
}
