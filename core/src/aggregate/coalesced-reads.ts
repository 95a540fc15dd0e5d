// Coalesced reads: concurrent reads of a collection are answered by one command.
//
// Trade-off: a read waits for one that is already running (so that no caller gets a state from before its call) and for two turns
// of the event loop. In return a thousand buyers of one ticket cost the store a few reads instead of a thousand.
import { batched } from '../batch.ts';
import { stateOf } from './collection.ts';
import type { Collection, State, Stored } from './collection.ts';

/** Decorates a collection: `find` is coalesced. */
export function coalescedReads<D extends Stored>(collection: Collection<D>): Collection<D> {
  const read = batched(async (ids: string[]): Promise<Map<string, State<D>>> => {
    const distinct = [...new Set(ids)];
    const [id] = distinct;
    if (id !== undefined && distinct.length === 1) {
      const state = await collection.find(id);
      return new Map(state ? [[id, state]] : []);
    }
    const found = await collection.page({ _id: { $in: distinct } }, distinct.length);
    return new Map(found.map((document) => [document._id, stateOf(document)]));
  });
  return { ...collection, find: async (id) => (await read(id)).get(id) ?? null };
}
