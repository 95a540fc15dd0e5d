import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';
import type { Model } from 'mongoose';
import { StoreUnavailableError, isDuplicateKey } from './errors.ts';
import { driverCollection, perModel } from './store.ts';
import { batched } from './time.ts';

// Every request and every event reads or writes a document or two by their ids. What a process does so at one time goes to
// the store together: the driver, the way there and the store's own work on a command cost far more than one document does.

interface Document {
  _id: string;
}
interface Update {
  filter: Document;
  update: mongo.UpdateFilter<Document>;
}

/**
 * Where several write at a time, a little patience has more of them go together, and all are done sooner: PostgreSQL's
 * commit_delay. Who is alone does not wait.
 */
const PATIENCE_MS = 4;
const patience = (last: number) => (last > 1 ? delay(PATIENCE_MS) : Promise.resolve());

const projection = { outbox: 0, changedAt: 0 };
const readers = perModel((model: Model<Document>) =>
  batched(async (ids: string[]) => {
    const collection = driverCollection(model);
    const [id = '', ...others] = new Set(ids);
    const found =
      others.length === 0
        ? [await collection.findOne({ _id: id }, { projection })]
        : await collection.find({ _id: { $in: [id, ...others] } }, { projection, batchSize: ids.length }).toArray();
    return new Map(found.map((document) => [document?._id, document]));
  }),
);

// Inserts and updates apart: together they would be two commands, one after the other.
const inserters = perModel((model: Model<Document>) => {
  const collection = driverCollection(model);
  return writer<Document>(
    (document) => collection.insertOne(document),
    (documents) => documents.map((document) => ({ insertOne: { document } })),
    collection,
  );
});
const updaters = perModel((model: Model<Document>) => {
  const collection = driverCollection(model);
  return writer<Update>(
    ({ filter, update }) => collection.updateOne(filter, update, { upsert: true }),
    (updates) => updates.map((one) => ({ updateOne: { ...one, upsert: true } })),
    collection,
  );
});

/** Gives a function that does a write and gives whether it was done: false when another document is in its place. */
function writer<W>(
  alone: (write: W) => Promise<unknown>,
  together: (writes: W[]) => mongo.AnyBulkWriteOperation<Document>[],
  collection: mongo.Collection<Document>,
): (write: W) => Promise<boolean> {
  /** Gives the writes that were refused, each with what the store has against it. */
  const send = batched(async (writes: W[]): Promise<Map<W | undefined, Error>> => {
    const [first, ...others] = writes;
    try {
      // A bulk of one takes the driver a fifth longer.
      await (first !== undefined && others.length === 0
        ? alone(first)
        : collection.bulkWrite(together(writes), { ordered: false }));
      return new Map();
    } catch (error) {
      if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
      const errors = [error.writeErrors].flat();
      // It wraps what happened on the way as well; and what is not yet safe with the majority may still be lost.
      if (errors.length === 0 || error.result.getWriteConcernError())
        throw new StoreUnavailableError(`MongoDB did not write: ${error.message}`, { cause: error });
      return new Map(
        errors.map(({ index, code, errmsg = '' }) => [
          writes[index],
          new mongo.MongoServerError({ code, message: errmsg }),
        ]),
      );
    }
  }, patience);
  return async (write) => {
    try {
      const refused = (await send(write)).get(write);
      if (refused) throw refused;
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };
}

/**
 * A document by its id, without its outbox, or null. Those who ask at one time share an answer, which is never from before
 * they asked: a thousand buyers of one ticket cost the store a few reads.
 */
export const findShared = async <D extends Document>(model: Model<D>, id: string) =>
  ((await readers(model)(id)).get(id) ?? null) as Omit<D, 'outbox' | 'changedAt'> | null;

/** Inserts a document; gives false when there is one of its id. */
export const insertNew = <D extends Document>(model: Model<D>, document: D): Promise<boolean> =>
  inserters(model)(document);

/**
 * Updates the document that passes the filter, which names its id; when there is none of that id, inserts it. Gives false when
 * there is one that does not pass: then the store refuses the insert, which is how a write among many is told its fate. Of
 * two processes that insert at once one is given false as well, though the document that there now is may pass.
 */
export const upsert = <D extends Document>(
  model: Model<D>,
  filter: mongo.Filter<D> & Document,
  update: mongo.UpdateFilter<D>,
): Promise<boolean> => updaters(model)({ filter, update: update as unknown as mongo.UpdateFilter<Document> });
