import type { AddedSession, EndedSessionStore } from '@ticketing/common';
import { coalescedReads, deadLetterId } from '@ticketing/core';
import type { Collection, DeadLetter, DeadLetters, Stored } from '@ticketing/core';
import { memoryCollection, memoryEndedSessions } from '@ticketing/core/testing';
import { StoreUnavailableError, currentRequestId, describeError } from '@ticketing/runtime';
import type { WrappedKey } from '../../tickets/src/delivery/keys.ts';
import type { Payloads } from '../../tickets/src/delivery/payloads.ts';
import { memoryPayloads } from '../../tickets/test/delivery-memory-payloads.ts';
import { currentProcess } from './scheduler.ts';
import { shownTime } from './time.ts';
import type { World } from './world.ts';

export type Document = Record<string, unknown> & { _id: string };

/** The stores of a run: `<database>/<collection>` -> id -> document. Documents are replaced, never changed. */
export type Databases = Map<string, Map<string, Document>>;

/** Is called with every write. */
export interface StoreObserver {
  wrote(database: string, collection: string, before: Document | undefined, after: Document | undefined): void;
  /** An insert found the id taken, or a compare-and-set found another version. */
  refused(collection: string, id: string, why: 'taken' | 'changed'): void;
}

export interface Stores {
  /** No two documents have the same value at a path of `unique`. */
  collection<D extends Stored>(database: string, name: string, unique?: readonly string[]): Collection<D>;
  /** The encrypted payloads of deliveries. */
  payloads(database: string, fingerprintKey: WrappedKey): Payloads;
  deadLetters(database: string): DeadLetters;
  endedSessions(database: string): EndedSessionStore;
}

/** The time by the clock of a store, which is right. */
const storeTime = (): Date => new Date(shownTime() - (currentProcess()?.skewMs ?? 0));

/** Stores in memory that all processes of a service share. A call to one may fail before or after it acts. */
export function createStores(world: World, databases: Databases, observer: StoreObserver): Stores {
  const documentsOf = (database: string, name: string): Map<string, Document> => {
    const key = `${database}/${name}`;
    const documents = databases.get(key) ?? new Map<string, Document>();
    databases.set(key, documents);
    return documents;
  };

  return {
    collection<D extends Stored>(database: string, name: string, unique: readonly string[] = []): Collection<D> {
      const documents = documentsOf(database, name);
      const plain = memoryCollection<D>(documents as unknown as Map<string, D>, { unique });
      /** A write to one document. */
      const write = <T>(id: string, act: () => Promise<T>): Promise<T> =>
        operate(world, name, true, () => {
          const before = documents.get(id);
          // The collection in memory acts synchronously; only its result is a promise.
          const result = act();
          const after = documents.get(id);
          if (after !== before) observer.wrote(database, name, before, after);
          return result;
        });
      return coalescedReads({
        find: (id) => operate(world, name, false, () => plain.find(id)),
        page: (...args) => operate(world, name, false, () => plain.page(...args)),
        count: (...args) => operate(world, name, false, () => plain.count(...args)),
        first: (path) => operate(world, name, false, () => plain.first(path)),
        async insert(document) {
          const isInserted = await write(document._id, () => plain.insert(document));
          if (!isInserted) observer.refused(name, document._id, 'taken');
          return isInserted;
        },
        async updateIf(id, version, change) {
          const isUpdated = await write(id, () => plain.updateIf(id, version, change));
          if (!isUpdated) observer.refused(name, id, 'changed');
          return isUpdated;
        },
        // A crash may come between two documents.
        async removeEvents(published) {
          await Promise.all(published.map((one) => write(one.id, () => plain.removeEvents([one]))));
        },
      });
    },

    payloads(database, fingerprintKey) {
      const plain = memoryPayloads(documentsOf(database, 'deliveries'), fingerprintKey);
      const operateOn = <T>(writes: boolean, act: () => Promise<T>) => operate(world, 'deliveries', writes, act);
      return {
        ...plain,
        insert: (payload) =>
          operateOn(true, () => {
            observer.wrote(database, 'deliveries', undefined, { ...payload });
            return plain.insert(payload);
          }),
        addChunk: (id, number, bytes) => operateOn(true, () => plain.addChunk(id, number, bytes)),
        complete: (id, about) => operateOn(true, () => plain.complete(id, about)),
        find: (ids) => operateOn(false, () => plain.find(ids)),
        remove: (ids) => operateOn(true, () => plain.remove(ids)),
        page: (after, limit) => operateOn(false, () => plain.page(after, limit)),
      };
    },

    endedSessions(database) {
      const sessions = documentsOf(database, 'endedsessions') as unknown as Map<string, AddedSession>;
      const plain = memoryEndedSessions(sessions, storeTime);
      return {
        add: (added) => operate(world, 'endedsessions', true, () => plain.add(added)),
        async *addedSince(time) {
          yield* await operate(world, 'endedsessions', false, () => plain.addedSince(time));
        },
      };
    },

    deadLetters(database) {
      const letters = documentsOf(database, 'deadletters') as Map<string, Document & DeadLetter>;
      const operateOn = <T>(writes: boolean, act: () => T) => operate(world, 'deadletters', writes, act);
      return {
        add: (subject, raw, error) =>
          operateOn(true, () => {
            const id = deadLetterId(subject, raw);
            const before = letters.get(id);
            const at = new Date().toISOString();
            const letter = {
              ...{ _id: id, id, subject, text: raw.toString('utf8'), base64: raw.toString('base64') },
              ...{ error: describeError(error), times: (before?.times ?? 0) + 1 },
              ...{ firstAt: before?.firstAt ?? at, lastAt: at },
            };
            letters.set(id, letter);
            observer.wrote(database, 'deadletters', before, letter);
            return id;
          }),
        page: (limit) => operateOn(false, () => [...letters.values()].slice(0, limit)),
        count: () => operateOn(false, () => letters.size),
        get: (id) => operateOn(false, () => letters.get(id) ?? null),
        remove: (id) => operateOn(true, () => void letters.delete(id)),
      };
    },
  };
}

/** A call to a store. The call or its response may be lost, and the process may crash before or after it. */
function operate<T>(world: World, collection: string, writes: boolean, act: () => T | Promise<T>): Promise<T> {
  const process = currentProcess();
  const fails = world.strikes('storeFailures');
  const failsBefore = fails && world.chances.chance(0.5);
  if (fails && currentRequestId() !== undefined) world.reached('a message waits because the store is unavailable');
  const unavailable = () => new StoreUnavailableError('the simulated store is unavailable');
  const crashes = (when: string) => writes && world.mayCrash(process, when);
  return world.scheduler.call(
    () => {
      if (failsBefore) throw unavailable();
      const result = act();
      // Its rejection is handled by the caller, if the answer and the process that waits for it are not lost.
      if (result instanceof Promise) result.catch(() => undefined);
      if (fails) throw unavailable();
      return result;
    },
    world.latency,
    {
      before: () => crashes(`before it writes to ${collection}`),
      after() {
        if (crashes(`after it wrote to ${collection}`))
          if (collection === 'orders')
            world.reached('a process crashes after an order is inserted, before it is published');
      },
    },
  );
}
