// Batched writes: concurrent writes to a collection go to MongoDB in one command.
//
// Trade-off: the fixed cost of a command (driver, network, server, journal) far exceeds the cost of a document, so under
// concurrency all writes finish sooner, although each may wait up to 4 ms for others to join (as with PostgreSQL's
// commit_delay). A lone write is flushed at once. The price is that documents are validated against their schema and then sent
// unchanged through the driver's collection instead of Mongoose's.
import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';
import type { Model } from 'mongoose';
import { StoreUnavailableError } from '@ticketing/runtime';
import type { Change, Collection, Stored } from '../aggregate/collection.ts';
import { batched } from '../batch.ts';
import { isTakenId } from '../duplicate-keys.ts';
import { assertValidChange, filterOf, updateOf } from './mongoose-collection.ts';
import { assertValid } from './schema.ts';

const FLUSH_DELAY_MS = 4;

type Document = Pick<Stored, '_id'>;
type Operation = mongo.AnyBulkWriteOperation<Document>;
type Outcome = true | mongo.WriteError;

const PATH_NOT_VIABLE = 28;

/** Decorates a collection: inserts and updates are batched. `model` must be the model of that collection. */
export function batchedWrites<D extends Stored>(collection: Collection<D>, model: Model<D>): Collection<D> {
  const writer = batchedWriter(model);
  return {
    ...collection,
    async insert(document) {
      assertValid(model, document);
      return writer.insert(document);
    },
    async updateIf(id, version, change: Change<D>) {
      assertValidChange(model, change);
      return writer.update(filterOf(id, version, change), updateOf(model, change));
    },
  };
}

/** Writes the documents of a model's collection as they are, without its schema. Concurrent writes go in one command. */
export function batchedWriter<D>(model: Model<D>) {
  const native = model.collection as unknown as mongo.Collection<Document>;
  // Separate batches: inserts and updates in one bulk write would be two commands, one after the other.
  const [inserts, updates] = [batchedOperations(native), batchedOperations(native)];
  return {
    /** Resolves to false when the id is taken. */
    insert: async (document: Document): Promise<boolean> => isDone(await inserts({ insertOne: { document } })),
    /** Updates the document that a filter, which names its id, matches. Resolves to false when there is none. */
    async update(filter: object, change: object, options?: { hint: object }): Promise<boolean> {
      // A bulk write reports the result of a single operation only when it fails. To make an update that matches nothing fail, it
      // is an upsert of an invalid document (a field inside `_id`), which is never inserted.
      const updateOne = { ...options, filter, update: { ...change, $setOnInsert: { '_id.gone': true } }, upsert: true };
      return isDone(await updates({ updateOne }), PATH_NOT_VIABLE);
    },
  };
}

/** Sends concurrent operations in one bulk write, and resolves to the outcome of each. */
function batchedOperations(native: mongo.Collection<Document>): (operation: Operation) => Promise<Outcome> {
  const send = batched(
    async (operations: Operation[]): Promise<Map<Operation | undefined, mongo.WriteError>> => {
      try {
        await native.bulkWrite(operations, { ordered: false });
        return new Map();
      } catch (error) {
        if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
        const errors = [error.writeErrors].flat();
        // It also wraps network errors, and a write without majority acknowledgement may still be rolled back.
        if (errors.length === 0 || error.result.getWriteConcernError())
          throw new StoreUnavailableError(`MongoDB did not write: ${error.message}`, { cause: error });
        return new Map(errors.map((one) => [operations[one.index], one]));
      }
    },
    (lastSize) => (lastSize > 1 ? delay(FLUSH_DELAY_MS) : Promise.resolve()),
  );
  return async (operation) => (await send(operation)).get(operation) ?? true;
}

/** Whether a write succeeded. False when the id is taken or it failed with the code `refusal`; throws for any other failure. */
function isDone(outcome: Outcome, refusal?: number): boolean {
  if (outcome === true) return true;
  const { code, errmsg: message = '' } = outcome;
  if (code === refusal || isTakenId({ code, message })) return false;
  throw new mongo.MongoServerError({ code, message });
}
