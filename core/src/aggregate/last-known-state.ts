// Last-known-state cache: an aggregate first decides on the state that this instance last saved or loaded.
//
// Trade-off: memory for a thousand states of each aggregate, and one lost compare-and-set whenever another instance has changed
// the document since. In return most updates need no read. A cached state may be stale. That is safe, because the result is saved
// with a version check; a decision to save nothing, or an error, is made again on the stored state.
import { HttpError } from '@ticketing/common';
import { LRUCache } from 'lru-cache';
import type { Aggregate, Decide, Decision } from './aggregate.ts';
import type { State, Stored } from './collection.ts';

/** Decorates an aggregate: it caches up to `size` states, those that were used last. */
export function lastKnownState<D extends Stored>(inner: Aggregate<D>, size = 1000): Aggregate<D> {
  const states = new LRUCache<string, State<D>>({ max: size });
  const remember = (state: State<D>) => states.set(state._id, state);

  async function save(state: State<D>, decision: Decision<D>, at: Date): Promise<boolean> {
    const isSaved = await inner.save(state, decision, at);
    if (isSaved) remember(decision.next ?? state);
    else states.delete(state._id);
    return isSaved;
  }

  return {
    ...inner,
    save,
    async insert(state, events, at) {
      const isInserted = await inner.insert(state, events, at);
      if (isInserted) remember(state);
      return isInserted;
    },
    async update(id, decide, at) {
      const before = states.get(id);
      const decision = before && decisionOn(before, decide);
      if (before && decision && (await save(before, decision, at)))
        return { before, state: decision.next ?? before, decision };
      const updated = await inner.update(id, decide, at);
      if (updated) remember(updated.state);
      return updated;
    },
  };
}

function decisionOn<D extends Stored>(state: State<D>, decide: Decide<D>): Decision<D> | undefined {
  try {
    return decide(state);
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}
