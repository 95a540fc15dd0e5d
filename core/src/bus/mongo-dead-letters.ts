import type { Connection } from 'mongoose';
import { Schema } from 'mongoose';
import { describeError } from '@ticketing/runtime';
import { ownFilter } from '../mongo/own-filter.ts';
import { deadLetterId } from './dead-letters.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

type Stored = Omit<DeadLetter, 'id'> & { _id: string };

/** Stores dead letters in the collection `deadletters` of a service's MongoDB. */
export function mongoDeadLetters(connection: Connection): DeadLetters {
  const model = connection.model<Stored>(
    'DeadLetter',
    new Schema<Stored>(
      {
        _id: String,
        subject: String,
        text: String,
        base64: String,
        error: String,
        times: Number,
        firstAt: String,
        lastAt: String,
      },
      { versionKey: false },
    ),
    'deadletters',
  );
  const view = ({ _id, ...rest }: Stored): DeadLetter => ({ id: _id, ...rest });
  return {
    async add(subject, raw, error) {
      const id = deadLetterId(subject, raw);
      const now = new Date().toISOString();
      await model.updateOne(
        { _id: id },
        {
          $setOnInsert: { subject, text: raw.toString('utf8'), base64: raw.toString('base64'), firstAt: now },
          $set: { error: describeError(error), lastAt: now },
          $inc: { times: 1 },
        },
        { upsert: true },
      );
      return id;
    },
    async page(limit, after) {
      const { lastAt, id } = after ?? {};
      const older = ownFilter({ $or: [{ lastAt: { $lt: lastAt } }, { lastAt, _id: { $lt: id } }] });
      const found = model
        .find(after ? older : {})
        .sort({ lastAt: -1, _id: -1 })
        .limit(limit);
      return (await found.lean<Stored[]>().exec()).map(view);
    },
    count: (limit) => model.countDocuments({}, { hint: '_id_', ...(limit !== undefined && { limit }) }),
    async get(id) {
      const found = await model.findById(id).lean<Stored>().exec();
      return found && view(found);
    },
    async remove(id) {
      await model.deleteOne({ _id: id });
    },
  };
}
