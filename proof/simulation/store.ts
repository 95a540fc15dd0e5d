import mongoose from 'mongoose';
import type { Connection } from 'mongoose';
import { copy, inserted, matches, projected, updated } from './documents.ts';
import type { Document } from './documents.ts';

type Fields = Record<string, unknown>;
interface FindOptions {
  projection?: Fields;
  limit?: number;
  sort?: Record<string, 1 | -1>;
}

/** A database in memory: collection -> id -> document. Each operation is atomic. Documents are replaced, never changed. */
export interface Database {
  name: string;
  collections: Map<string, Map<string, Document>>;
}

/** What happens on the way to a database and back. */
export interface Access {
  database(name: string): Database;
  operate<T>(
    operation: { database: string; collection: string; name: string; writes: boolean },
    act: () => T,
  ): Promise<T>;
  /** Told of every write that changed something. */
  wrote: (database: string, collection: string, before: Document | undefined, after: Document | undefined) => void;
  /** Told of inserts that found the id taken, and of compare-and-sets that found another version. */
  refused: (collection: string, id: string, why: 'taken' | 'changed') => void;
}

let access: Access | undefined;

/** Has all connections work on the databases of a run. */
export const giveStoresTo = (to: Access): void => {
  access = to;
};

const duplicateKey = (id: string) =>
  new mongoose.mongo.MongoServerError({ code: 11000, message: `E11000 duplicate key error: _id ${id}` });

type BulkWrite =
  { insertOne: { document: Document } } | { updateOne: { filter: Fields; update: Fields; upsert?: boolean } };

/** As the driver throws it: what happened on the way to the store comes as an error that names no write. */
const bulkWriteError = (message: string, writeErrors: object[]) =>
  new mongoose.mongo.MongoBulkWriteError(
    { message, writeErrors } as never,
    { getWriteConcernError: () => undefined } as never,
  );

/** A collection as both Mongoose and the driver's own users have it. */
function collectionOf(database: string, collection: string) {
  const operate = <T>(
    name: string,
    writes: boolean,
    act: (all: Map<string, Document>, to: Access) => T,
  ): Promise<T> => {
    if (!access) throw new Error('no run has the stores');
    const to = access;
    return to.operate({ database, collection, name, writes }, () => {
      const { collections } = to.database(database);
      const all = collections.get(collection) ?? new Map<string, Document>();
      collections.set(collection, all);
      return act(all, to);
    });
  };
  const candidates = (all: Map<string, Document>, { _id }: Fields): Iterable<Document> => {
    if (typeof _id !== 'string') return all.values();
    const one = all.get(_id);
    return one ? [one] : [];
  };
  const first = (all: Map<string, Document>, filter: Fields): Document | undefined => {
    for (const one of candidates(all, filter)) if (matches(one, filter)) return one;
    return undefined;
  };

  const single = {
    findOne: (filter: Fields, { projection }: FindOptions = {}) =>
      operate('findOne', false, (all) => {
        const found = first(all, filter);
        return found ? projected(found, projection) : null;
      }),
    find: (filter: Fields, { projection, limit = 0, sort }: FindOptions = {}) => ({
      toArray: () =>
        operate('find', false, (all) => {
          const found: Document[] = [];
          for (const one of candidates(all, filter)) {
            if (matches(one, filter)) found.push(one);
            if (!sort && limit > 0 && found.length === limit) break;
          }
          if (sort) found.sort((a, b) => compare(a, b, sort));
          return (limit > 0 ? found.slice(0, limit) : found).map((one) => projected(one, projection));
        }),
    }),
    insertOne: (given: Document) =>
      operate('insertOne', true, (all, { wrote, refused }) => {
        const document = copy(given);
        if (all.has(document._id)) {
          refused(collection, document._id, 'taken');
          throw duplicateKey(document._id);
        }
        all.set(document._id, document);
        wrote(database, collection, undefined, document);
        return { acknowledged: true, insertedId: document._id };
      }),
    updateOne: (filter: Fields, update: Fields, { upsert = false }: { upsert?: boolean } = {}) =>
      operate('updateOne', true, (all, { wrote, refused }) => {
        const before = first(all, filter);
        if (!before && upsert) {
          const document = inserted(filter, update);
          if (all.has(document._id)) {
            if (typeof filter['version'] === 'number') refused(collection, document._id, 'changed');
            throw duplicateKey(document._id);
          }
          all.set(document._id, document);
          wrote(database, collection, undefined, document);
          return { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: document._id };
        }
        if (!before)
          return { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 0, upsertedId: null };
        const after = updated(before, update);
        all.set(after._id, after);
        wrote(database, collection, before, after);
        return { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null };
      }),
    deleteOne: (filter: Fields) =>
      operate('deleteOne', true, (all, { wrote }) => {
        const found = first(all, filter);
        if (found) {
          all.delete(found._id);
          wrote(database, collection, found, undefined);
        }
        return { acknowledged: true, deletedCount: found ? 1 : 0 };
      }),
  };
  return {
    ...single,
    /** Each write is one of its own: a crash may come between them. */
    bulkWrite: async (writes: BulkWrite[]) => {
      const outcomes = await Promise.allSettled(
        writes.map((write) =>
          'insertOne' in write
            ? single.insertOne(write.insertOne.document)
            : single.updateOne(write.updateOne.filter, write.updateOne.update, write.updateOne),
        ),
      );
      const failed = outcomes.flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [{ index, reason: outcome.reason as { code?: number; message: string } }] : [],
      );
      const broken = failed.find(({ reason }) => reason.code === undefined);
      if (broken) throw bulkWriteError(broken.reason.message, []);
      if (failed.length > 0)
        throw bulkWriteError(
          'some writes were refused',
          failed.map(({ index, reason: { code, message } }) => ({ index, code, errmsg: message })),
        );
    },
  };
}

function compare(a: Document, b: Document, sort: Record<string, 1 | -1>): number {
  for (const [name, direction] of Object.entries(sort)) {
    const [one, other] = [a[name] as string, b[name] as string];
    if (one !== other) return one < other ? -direction : direction;
  }
  return 0;
}

type NativeCollection = ReturnType<typeof collectionOf>;
type Open = new (...args: unknown[]) => { name: string; onOpen(): unknown };
type Collected = new (
  name: string,
  conn: { name: string },
  options: unknown,
) => { name: string; conn: { name: string } };

// Mongoose exports its driver's two classes for a driver to inherit from; their types say less than they can do.
const DriverConnection = mongoose.Connection as unknown as Open;
const DriverCollection = mongoose.Collection as unknown as Collected;

class MemoryConnection extends DriverConnection {
  client = { db: (name: string) => ({ collection: (collection: string) => collectionOf(name, collection) }) };
  /** The database is the last part of the URL. */
  createClient(url: string): Promise<void> {
    this.name = url.slice(url.lastIndexOf('/') + 1);
    this.onOpen();
    return Promise.resolve();
  }
}

class MemoryCollection extends DriverCollection {
  declare private native: NativeCollection | undefined;
  private get documents(): NativeCollection {
    return (this.native ??= collectionOf(this.conn.name, this.name));
  }
  onOpen(): void {
    // There is nothing to wait for.
  }
  findOne: NativeCollection['findOne'] = (...args) => this.documents.findOne(...args);
  find: NativeCollection['find'] = (...args) => this.documents.find(...args);
  insertOne: NativeCollection['insertOne'] = (...args) => this.documents.insertOne(...args);
  updateOne: NativeCollection['updateOne'] = (...args) => this.documents.updateOne(...args);
  deleteOne: NativeCollection['deleteOne'] = (...args) => this.documents.deleteOne(...args);
  bulkWrite: NativeCollection['bulkWrite'] = (...args) => this.documents.bulkWrite(...args);
}

/** Has Mongoose keep its documents in memory. Before anything connects. */
export const keepStoresInMemory = (): void => {
  mongoose.setDriver({ Connection: MemoryConnection, Collection: MemoryCollection });
};

/** A connection to the database of this name. */
export const connectTo = (database: string): Promise<Connection> =>
  mongoose
    .createConnection(`mongodb://memory/${database}`, { autoIndex: false, autoCreate: false, bufferCommands: false })
    .asPromise();
