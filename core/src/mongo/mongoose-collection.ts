import type { Model, QueryFilter, mongo } from 'mongoose';
import type { Change, Collection, State, Stored } from '../aggregate/collection.ts';
import { isTakenId } from '../duplicate-keys.ts';
import { ownFilter } from './own-filter.ts';
import { assertValid } from './schema.ts';

/** Creates a collection in MongoDB. Documents are written through the model's schema. */
export function mongooseCollection<D extends Stored>(model: Model<D>): Collection<D> {
  return {
    find: (id) => model.findById(id).select('-changedAt -outbox').lean<State<D>>().exec(),
    async insert(document) {
      try {
        await model.create([document]);
        return true;
      } catch (error) {
        if (isTakenId(error as mongo.MongoServerError)) return false;
        throw error;
      }
    },
    async updateIf(id, version, change) {
      assertValidChange(model, change);
      const filter = ownFilter(filterOf(id, version, change)) as QueryFilter<D>;
      try {
        const { matchedCount } = await model.updateOne(filter, updateOf(model, change));
        return matchedCount === 1;
      } catch (error) {
        if (isTakenId(error as mongo.MongoServerError)) return false;
        throw error;
      }
    },
    async page(filter, limit, after) {
      const all: object[] = [filter];
      if (after !== undefined) {
        const { changedAt, _id } = after;
        all.push({ $or: [{ changedAt: { $gt: changedAt } }, { changedAt, _id: { $gt: _id } }] });
      }
      const found = model.find(ownFilter({ $and: all }) as QueryFilter<D>);
      if (after !== undefined) found.sort({ changedAt: 1, _id: 1 });
      return found.limit(limit).lean<D[]>().exec();
    },
    count: (filter, limit) => model.countDocuments(ownFilter(filter) as QueryFilter<D>, { limit }).exec(),
    first: (path) =>
      model
        .findOne(ownFilter({ [path]: { $exists: true } }) as QueryFilter<D>)
        .sort({ [path]: 1 })
        .lean<D>()
        .exec(),
    async removeEvents(published) {
      await model.bulkWrite(
        published.map(({ id, events }) => ({
          updateOne: {
            filter: { _id: id } as never,
            // The time is matched too: an event that was republished since then has the same id.
            update: {
              $pull: { outbox: { id: { $in: events.map(({ id }) => id) }, at: { $in: events.map(({ at }) => at) } } },
            } as never,
          },
        })),
        // Not journaled: an event that reappears after a crash of MongoDB is published again, which consumers tolerate.
        { ordered: false, timestamps: false, writeConcern: { w: 1 } } as never,
      );
    },
  };
}

/** Like `assertValid`, for the document that results from a change. */
export function assertValidChange<D extends Stored>(model: Model<D>, { next, changedAt, events }: Change<D>): void {
  if (next) assertValid(model, { ...next, changedAt, outbox: events });
}

/** The filter of a compare-and-set. MongoDB can't remove and add elements in one update, so published events must be all there are. */
export function filterOf<D extends Stored>(id: string, version: number, { published }: Change<D>): object {
  const isOther = published && { $nor: published.map(({ id, at }) => ({ id, at })) };
  return { _id: id, version, ...(isOther && { outbox: { $not: { $elemMatch: isOther } } }) };
}

/** Translates a change into a MongoDB update, which sets every field of the next state and removes all others. */
export function updateOf<D extends Stored>(model: Model<D>, { next, changedAt, events, published }: Change<D>): object {
  const { _id: _, ...set }: Record<string, unknown> = { ...next, changedAt, ...(published && { outbox: events }) };
  const absent = next ? topLevelFields(model).filter((name) => set[name] === undefined && name !== 'outbox') : [];
  return {
    ...(next && { $set: set }),
    ...(absent.length > 0 && { $unset: Object.fromEntries(absent.map((name) => [name, true])) }),
    ...(events.length > 0 && !published && { $push: { outbox: { $each: events } } }),
  };
}

const topLevelFields = <D extends Stored>({ schema }: Model<D>): string[] =>
  Object.keys(schema.paths).filter((path) => path !== '_id');
