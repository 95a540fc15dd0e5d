// Batched writes: concurrent writes to a collection go to MongoDB in one command.
//
// Trade-off: the fixed cost of a command (driver, network, server, journal) far exceeds the cost of a document, so under
// concurrency everybody is done sooner, although a write may wait up to 4 ms for others to join (as with PostgreSQL's
// commit_delay). A lone write is flushed at once. The price is the driver's own collection in place of Mongoose's: documents
// are checked against their schema first, and then sent as they are.
import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';
import type { Model } from 'mongoose';
import type { Change, Collection, Stored } from '../aggregate/collection.ts';
import { batched } from '../batch.ts';
import { StoreUnavailableError } from '../errors.ts';
import { assertValid, assertValidChange, updateOf } from './mongoose-collection.ts';

const FLUSH_DELAY_MS = 4;

interface Document {
  _id: string;
}
type Operation = mongo.AnyBulkWriteOperation<Document>;
type Outcome = true | mongo.WriteError;

const DUPLICATE_KEY = 11000;
const PATH_NOT_VIABLE = 28;

/** A collection whose inserts and updates are batched. `model` is the one that the collection was made of. */
export function batchedWrites<D extends Stored>(collection: Collection<D>, model: Model<D>): Collection<D> {
  const native = model.collection as unknown as mongo.Collection<Document>;
  // Inserts and updates apart: together they would be two commands, one after the other.
  const [insert, update] = [writer(native), writer(native)];
  return {
    ...collection,
    async insert(document) {
      await assertValid(model, document);
      return isDone(await insert({ insertOne: { document } }), DUPLICATE_KEY);
    },
    async updateIf(id, version, change: Change<D>) {
      await assertValidChange(model, change);
      // The result of a bulk write tells of one operation only whether it failed. So that an update which matches nothing fails,
      // it is an upsert of what can't be inserted: a field inside `_id`. Nothing is ever inserted by it.
      const filter = { _id: id, version } as Document;
      const operation = {
        updateOne: {
          filter,
          update: { ...updateOf(model, change), $setOnInsert: { '_id.gone': true } },
          upsert: true,
        },
      };
      return isDone(await update(operation), DUPLICATE_KEY, PATH_NOT_VIABLE);
    },
  };
}

/** Sends concurrent operations together; resolves to the outcome of each. */
function writer(native: mongo.Collection<Document>): (operation: Operation) => Promise<Outcome> {
  const send = batched(
    async (operations: Operation[]): Promise<Map<Operation | undefined, mongo.WriteError>> => {
      try {
        await native.bulkWrite(operations, { ordered: false });
        return new Map();
      } catch (error) {
        if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
        const errors = [error.writeErrors].flat();
        // It wraps network errors too; and what is not yet safe with the majority may still be lost.
        if (errors.length === 0 || error.result.getWriteConcernError())
          throw new StoreUnavailableError(`MongoDB did not write: ${error.message}`, { cause: error });
        return new Map(errors.map((one) => [operations[one.index], one]));
      }
    },
    (lastSize) => (lastSize > 1 ? delay(FLUSH_DELAY_MS) : Promise.resolve()),
  );
  return async (operation) => (await send(operation)).get(operation) ?? true;
}

/** Whether a write was done; throws when it failed otherwise than by these codes. */
function isDone(outcome: Outcome, ...refusals: number[]): boolean {
  if (outcome === true) return true;
  if (refusals.includes(outcome.code)) return false;
  throw new mongo.MongoServerError({ code: outcome.code, message: outcome.errmsg ?? '' });
}
