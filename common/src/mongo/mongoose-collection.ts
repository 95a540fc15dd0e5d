import type { Model, QueryFilter } from 'mongoose';
import type { Change, Collection, State, Stored } from '../aggregate/collection.ts';
import { isDuplicateKey } from '../errors.ts';
import { ownFilter } from './own-filter.ts';

/** A collection in MongoDB. Documents are written through the model's schema. */
export function mongooseCollection<D extends Stored>(model: Model<D>): Collection<D> {
  return {
    name: model.collection.collectionName,
    find: (id) => model.findById(id).select('-changedAt -outbox').lean<State<D>>().exec(),
    async insert(document) {
      try {
        await model.create([document]);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async updateIf(id, version, change) {
      await assertValidChange(model, change);
      const filter = { _id: id, version } as unknown as QueryFilter<D>;
      const { matchedCount } = await model.updateOne(filter, updateOf(model, change));
      return matchedCount === 1;
    },
    async page(filter, limit, after) {
      const all = after === undefined ? [filter] : [filter, { _id: { $gt: after } }];
      const found = model.find(ownFilter({ $and: all }) as QueryFilter<D>);
      if (after !== undefined) found.sort({ _id: 1 });
      return found.limit(limit).lean<D[]>().exec();
    },
    async removeEvents(published) {
      await model.bulkWrite(
        published.map(({ id, events }) => ({
          updateOne: {
            filter: { _id: id } as never,
            // With the time: the same event may have been republished meanwhile, under the same id.
            update: {
              $pull: { outbox: { id: { $in: events.map(({ id }) => id) }, at: { $in: events.map(({ at }) => at) } } },
            } as never,
          },
        })),
        // An event that comes back after a crash of the store is published again, which consumers ignore.
        { ordered: false, timestamps: false, writeConcern: { w: 1 } } as never,
      );
    },
  };
}

/** Throws a ValidationError or a StrictModeError when a document is not as the model's schema requires. */
export async function assertValid<D extends Stored>(model: Model<D>, document: object): Promise<void> {
  await new model(document).validate();
}

/** As `assertValid`, for the document that a change makes. */
export async function assertValidChange<D extends Stored>(
  model: Model<D>,
  { next, changedAt, events }: Change<D>,
): Promise<void> {
  if (next) await assertValid(model, { ...next, changedAt, outbox: events });
}

/** A change as an update of MongoDB: every field of the next state is set, and fields that it does not have are removed. */
export function updateOf<D extends Stored>(model: Model<D>, { next, changedAt, events }: Change<D>): object {
  const { _id: _, ...set }: Record<string, unknown> = { ...next, changedAt };
  const absent = next ? topLevelFields(model).filter((name) => set[name] === undefined && name !== 'outbox') : [];
  return {
    ...(next && { $set: set }),
    ...(absent.length > 0 && { $unset: Object.fromEntries(absent.map((name) => [name, true])) }),
    ...(events.length > 0 && { $push: { outbox: { $each: events } } }),
  };
}

const topLevelFields = <D extends Stored>({ schema }: Model<D>): string[] =>
  Object.keys(schema.paths).filter((path) => path !== '_id');
