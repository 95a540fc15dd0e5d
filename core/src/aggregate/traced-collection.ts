import { traced } from '@ticketing/runtime';
import type { Collection, Stored } from './collection.ts';

/** Decorates a collection: its operations within a request or message are spans, each with its wait for a batch. */
export function tracedCollection<D extends Stored>(collection: Collection<D>, name: string): Collection<D> {
  const span = <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    traced(`${operation} ${name}`, { kind: 'client', inner: true, attributes: { 'db.system.name': 'mongodb' } }, run);
  return {
    ...collection,
    find: (id) => span('find', () => collection.find(id)),
    insert: (document) => span('insert', () => collection.insert(document)),
    updateIf: (id, version, change) => span('update', () => collection.updateIf(id, version, change)),
    page: (...args) => span('page', () => collection.page(...args)),
  };
}
