import { describe, expect, it, jest } from '@jest/globals';
import { HttpError, conflict } from '@ticketing/common';
import type { Envelope } from '@ticketing/common';
import { aggregate, lastKnownState } from '@ticketing/core';
import type { Aggregate, Collection, Decision, Publisher, State } from '@ticketing/core';
import { memoryCollection } from '@ticketing/core/testing';
import { StoreUnavailableError, withRequestId } from '@ticketing/runtime';
import { countUp, eventOf, newThing } from './things.ts';
import type { Thing } from './things.ts';

const at = new Date('2029-01-01T00:00:00.000Z');
const later = new Date('2029-01-02T00:00:00.000Z');

/** Two instances of an aggregate over one collection, each with or without the cache. */
function instances(decorate: (plain: Aggregate<Thing>) => Aggregate<Thing>) {
  const documents = new Map<string, Thing>();
  const announced: string[] = [];
  const removed: string[] = [];
  /** The events of each document that the publisher names as published. */
  const published = new Map<string, Envelope[]>();
  const publisher: Publisher = {
    published: (id) => published.get(id) ?? [],
    saved(id, added, gone) {
      announced.push(...added.map((event) => `${id}/${event.name}/${event.at}`));
      removed.push(...gone.map((event) => event.id));
    },
  };
  const instance = (collection: Collection<Thing> = memoryCollection(documents)) =>
    decorate(aggregate({ collection, publisher }));
  return { documents, announced, removed, published, instance };
}

describe.each<[string, (plain: Aggregate<Thing>) => Aggregate<Thing>]>([
  ['an aggregate', (plain) => plain],
  ['an aggregate with the last-known-state cache', (plain) => lastKnownState(plain)],
])('%s', (_name, decorate) => {
  it('inserts a document with its events, and notifies the publisher of them', async () => {
    const { documents, announced, instance } = instances(decorate);
    const thing = newThing();
    expect(await instance().insert(thing, [eventOf(thing)], at)).toBe(true);
    expect(documents.get(thing._id)).toEqual({
      ...thing,
      changedAt: at.toISOString(),
      outbox: [{ id: `${thing._id}:0:expiration:complete`, at: at.toISOString(), ...eventOf(thing) }],
    });
    expect(announced).toEqual([`${thing._id}/expiration:complete/${at.toISOString()}`]);
  });

  it('writes nothing for a decision without a next state and events', async () => {
    const collection = memoryCollection<Thing>();
    const updateIf = jest.spyOn(collection, 'updateIf');
    const things = instances(decorate).instance(collection);
    const thing = newThing();
    await things.insert(thing, [], at);
    expect(await things.update(thing._id, () => ({ events: [] }), at)).toMatchObject({ before: thing, state: thing });
    expect(updateIf).not.toHaveBeenCalled();
  });

  it('does not insert a document with an id that is taken, and notifies of nothing', async () => {
    const { documents, announced, instance } = instances(decorate);
    const things = instance();
    const thing = newThing({ note: 'first' });
    await things.insert(thing, [], at);
    expect(await things.insert({ ...thing, note: 'second' }, [eventOf(thing)], at)).toBe(false);
    expect(documents.get(thing._id)).toMatchObject({ note: 'first', outbox: [] });
    expect(announced).toEqual([]);
  });

  it('adds the current request id to the events', async () => {
    const { documents, instance } = instances(decorate);
    const thing = newThing();
    await withRequestId('request-1', () => instance().insert(thing, [eventOf(thing)], at));
    expect(documents.get(thing._id)?.outbox).toMatchObject([{ requestId: 'request-1' }]);
  });

  it('saves a decision with its events, and resolves to the state before, after, and the decision', async () => {
    const { documents, announced, instance } = instances(decorate);
    const things = instance();
    const thing = newThing();
    await things.insert(thing, [], at);
    const updated = await things.update(thing._id, countUp, later);
    const state = { _id: thing._id, version: 1, count: 1 };
    expect(updated).toEqual({ before: thing, state, decision: { next: state, events: [eventOf(state)] } });
    expect(documents.get(thing._id)).toMatchObject({ ...state, changedAt: later.toISOString() });
    expect(documents.get(thing._id)?.outbox.map(({ id }) => id)).toEqual([`${thing._id}:1:expiration:complete`]);
    expect(announced).toHaveLength(1);
  });

  it('emits events without a change of state, at the current version', async () => {
    const { documents, instance } = instances(decorate);
    const things = instance();
    const thing = newThing({ count: 7 });
    await things.insert(thing, [], at);
    const decide = (state: State<Thing>): Decision<Thing> => ({ events: [eventOf(state)] });
    expect(await things.update(thing._id, decide, later)).toMatchObject({ state: thing });
    expect(documents.get(thing._id)).toMatchObject({ version: 0, changedAt: at.toISOString(), count: 7 });
    expect(documents.get(thing._id)?.outbox.map(({ id }) => id)).toEqual([`${thing._id}:0:expiration:complete`]);
  });

  it('removes published events from the outbox in the write of the next change, and notifies the publisher of it', async () => {
    const { documents, removed, published, instance } = instances(decorate);
    const things = instance();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], at);
    published.set(thing._id, documents.get(thing._id)?.outbox ?? []);
    await things.update(thing._id, countUp, later);
    expect(documents.get(thing._id)?.outbox.map(({ id }) => id)).toEqual([`${thing._id}:1:expiration:complete`]);
    expect(removed).toEqual([`${thing._id}:0:expiration:complete`]);
  });

  it('saves a change without removing anything while the outbox holds an event of another instance', async () => {
    const { documents, announced, removed, published, instance } = instances(decorate);
    const things = instance();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], at);
    published.set(thing._id, documents.get(thing._id)?.outbox ?? []);
    const elsewhere = aggregate({ collection: memoryCollection(documents) });
    await elsewhere.update(thing._id, (state) => ({ events: [eventOf(state)] }), later);
    const state = { _id: thing._id, version: 1, count: 1 };
    expect(await things.update(thing._id, countUp, later)).toMatchObject({ state });
    expect(documents.get(thing._id)).toMatchObject(state);
    expect(documents.get(thing._id)?.outbox.map(({ id }) => id)).toEqual([
      `${thing._id}:0:expiration:complete`,
      `${thing._id}:0:expiration:complete`,
      `${thing._id}:1:expiration:complete`,
    ]);
    expect(announced).toHaveLength(2);
    expect(removed).toEqual([]);
  });

  it('removes nothing when it only emits events', async () => {
    const { documents, removed, published, instance } = instances(decorate);
    const things = instance();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], at);
    published.set(thing._id, documents.get(thing._id)?.outbox ?? []);
    await things.update(thing._id, (state) => ({ events: [eventOf(state)] }), later);
    await things.republish(at, (state) => [eventOf(state)], later);
    expect(documents.get(thing._id)?.outbox).toHaveLength(3);
    expect(removed).toEqual([]);
  });

  it('loses none of twenty concurrent updates from two instances', async () => {
    const { documents, instance } = instances(decorate);
    const [one, other] = [instance(), instance()];
    const thing = newThing();
    await one.insert(thing, [], at);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).update(thing._id, countUp, at)),
    );
    const after = documents.get(thing._id);
    expect(after).toMatchObject({ version: 20, count: 20 });
    expect(after?.outbox.map(({ id }) => Number(id.split(':')[1]))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('decides on the stored state when another instance has changed it, also for an error or no decision', async () => {
    const { instance } = instances(decorate);
    const [here, elsewhere] = [instance(), instance()];
    const thing = newThing();
    await here.insert(thing, [], at);
    const change = (changes: Partial<Thing>) =>
      elsewhere.update(
        thing._id,
        (state) => ({ next: { ...state, ...changes, version: state.version + 1 }, events: [] }),
        at,
      );
    await change({ count: 7 });
    expect(await here.update(thing._id, countUp, at)).toMatchObject({ state: { version: 2, count: 8 } });

    await change({ note: 'closed' });
    expect(await here.update(thing._id, () => undefined, at)).toMatchObject({ state: { version: 3, note: 'closed' } });

    const countUpToEight = (state: State<Thing>) => {
      if (state.count >= 8) throw conflict('enough', 'Enough.');
      return countUp(state);
    };
    await change({ count: 0 });
    expect(await here.update(thing._id, countUpToEight, at)).toMatchObject({ state: { version: 5, count: 1 } });
  });

  it('writes nothing when there is no decision', async () => {
    const { documents, announced, instance } = instances(decorate);
    const things = instance();
    const thing = newThing();
    await things.insert(thing, [], at);
    const before = documents.get(thing._id);
    expect(await things.update(thing._id, () => undefined, later)).toEqual({
      before: thing,
      state: thing,
      decision: undefined,
    });
    expect(documents.get(thing._id)).toBe(before);
    expect(announced).toEqual([]);
  });

  it('resolves to null for a document that does not exist', async () => {
    expect(await instances(decorate).instance().update(newThing()._id, countUp, at)).toBeNull();
  });

  it.each([conflict('refused', 'Refused.'), new TypeError('a mistake')])(
    'throws what the decision throws, and writes nothing (%s)',
    async (error) => {
      const { documents, instance } = instances(decorate);
      const things = instance();
      const thing = newThing();
      await things.insert(thing, [], at);
      const refuse = () => {
        throw error;
      };
      await expect(things.update(thing._id, refuse, at)).rejects.toBe(error);
      expect(documents.get(thing._id)).toMatchObject({ version: 0, outbox: [] });
    },
  );

  it('gives up with a 503 after a hundred lost races', async () => {
    const collection = { ...memoryCollection<Thing>(), updateIf: () => Promise.resolve(false) };
    const things = instances(decorate).instance(collection);
    const thing = newThing();
    await things.insert(thing, [], at);
    const outcome = await things.update(thing._id, countUp, at).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(HttpError);
    expect(outcome).toMatchObject({ status: 503, problems: [{ code: 'busy' }] });
  });

  it('republishes the current state of each document that has changed since then, without changing it', async () => {
    const { documents, announced, instance } = instances(decorate);
    const things = instance();
    const [older, newer] = [newThing({ version: 3 }), newThing({ version: 5 })];
    await things.insert(older, [], at);
    await things.insert(newer, [], later);
    expect(await things.republish(later, (state) => [eventOf(state)], new Date('2029-01-09T00:00:00.000Z'))).toEqual({
      count: 1,
      failed: [],
    });
    expect(documents.get(older._id)?.outbox).toEqual([]);
    expect(documents.get(newer._id)).toMatchObject({
      version: 5,
      changedAt: later.toISOString(),
      outbox: [{ id: `${newer._id}:5:expiration:complete` }],
    });
    expect(announced).toHaveLength(1);
  });

  it('republishes nothing of a document without current-state events, and writes nothing to it', async () => {
    const { documents, instance } = instances(decorate);
    const things = instance();
    const thing = newThing({ version: 3 });
    await things.insert(thing, [], at);
    const stored = documents.get(thing._id);
    expect(await things.republish(at, () => [], at)).toEqual({ count: 0, failed: [] });
    expect(documents.get(thing._id)).toBe(stored);
  });

  it('republishes the newest state of a document that changes without an event after it was read', async () => {
    const { documents, instance } = instances(decorate);
    const things = instance();
    const thing = newThing({ version: 3 });
    await things.insert(thing, [], at);
    const currentStateEvents = (state: State<Thing>) => {
      const stored = documents.get(thing._id);
      // Another instance saves a change at that moment.
      if (stored?.version === 3) documents.set(thing._id, { ...stored, version: 4 });
      return [eventOf(state)];
    };
    expect(await things.republish(at, currentStateEvents, at)).toEqual({ count: 1, failed: [] });
    expect(documents.get(thing._id)?.outbox).toMatchObject([{ id: `${thing._id}:4:expiration:complete` }]);
  });

  it('republishes each document once when there is more than one batch', async () => {
    const { documents, instance } = instances(decorate);
    const things = instance();
    for (let count = 0; count < 450; count++) await things.insert(newThing({ count }), [], at);
    expect(await things.republish(at, (state) => [eventOf(state)], at)).toEqual({ count: 450, failed: [] });
    expect([...documents.values()].every(({ outbox }) => outbox.length === 1)).toBe(true);
  });

  it('republishes all other documents, and reports the one, when the events of one can not be made', async () => {
    const { documents, instance } = instances(decorate);
    const things = instance();
    const [broken, ...others] = [newThing(), newThing(), newThing()];
    for (const thing of [broken, ...others]) await things.insert(thing, [], at);
    const error = new TypeError('no history');
    const currentStateEvents = (state: State<Thing>) => {
      if (state._id === broken._id) throw error;
      return [eventOf(state)];
    };
    const outcome = await things.republish(at, currentStateEvents, at);
    expect(outcome).toEqual({ count: 2, failed: [{ id: broken._id, error }] });
    expect(others.map(({ _id }) => documents.get(_id)?.outbox.length)).toEqual([1, 1]);
  });

  it('ends a resync with the error when the store is unavailable', async () => {
    const updateIf = () => Promise.reject(new StoreUnavailableError('no connection'));
    const things = instances(decorate).instance({ ...memoryCollection<Thing>(), updateIf });
    await things.insert(newThing(), [], at);
    await expect(things.republish(at, (state) => [eventOf(state)], at)).rejects.toThrow('no connection');
  });
});

describe('waitUntil', () => {
  const isCounted = (state: State<Thing> | null) => state !== null && state.count > 0;

  it('resolves at once when the document is ready', async () => {
    const { instance } = instances((plain) => plain);
    const things = instance();
    const thing = newThing({ count: 1 });
    await things.insert(thing, [], at);
    expect(await things.waitUntil(thing._id, isCounted, 60_000)).toEqual(thing);
  });

  it('is told what this instance inserts or saves, and reads it no more', async () => {
    jest.useFakeTimers();
    try {
      const collection = memoryCollection<Thing>();
      const find = jest.spyOn(collection, 'find');
      const things = aggregate({ collection });
      const thing = newThing();
      const inserted = things.waitUntil(thing._id, (state) => state !== null, 60_000);
      const counted = things.waitUntil(thing._id, isCounted, 60_000);
      expect(find).toHaveBeenCalledTimes(2);
      await things.insert(thing, [], at);
      expect(await inserted).toEqual(thing);
      await things.update(thing._id, countUp, at);
      expect(await counted).toMatchObject({ count: 1 });
      // One more for the update: no timer has fired, so nobody has polled.
      expect(find).toHaveBeenCalledTimes(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not read at first what the caller knows', async () => {
    const collection = memoryCollection<Thing>();
    const find = jest.spyOn(collection, 'find');
    const things = aggregate({ collection });
    const thing = newThing();
    await things.insert(thing, [], at);
    expect(await things.waitUntil(thing._id, isCounted, 0, thing)).toEqual(thing);
    expect(find).not.toHaveBeenCalled();
    const counted = things.waitUntil(thing._id, isCounted, 60_000, thing);
    await things.update(thing._id, countUp, at);
    expect(await counted).toMatchObject({ count: 1 });
  });

  it('finds the changes of another instance by polling, and resolves to the current state at the time limit', async () => {
    const { instance } = instances((plain) => plain);
    const [here, elsewhere] = [instance(), instance()];
    const thing = newThing();
    await here.insert(thing, [], at);
    const waiting = here.waitUntil(thing._id, isCounted, 60_000);
    await elsewhere.update(thing._id, countUp, at);
    expect(await waiting).toMatchObject({ count: 1 });
    expect(await here.waitUntil(newThing()._id, isCounted, 1)).toBeNull();
  });
});

describe('the last-known-state cache', () => {
  it('saves the read of a document that this instance has saved or loaded, and evicts the oldest', async () => {
    const collection = memoryCollection<Thing>();
    const find = jest.spyOn(collection, 'find');
    const things = lastKnownState(aggregate({ collection }), 2);
    const [one, two, three] = [newThing(), newThing(), newThing()];
    for (const thing of [one, two, three]) await things.insert(thing, [], at);
    await things.update(two._id, countUp, at);
    await things.update(three._id, countUp, at);
    expect(find).not.toHaveBeenCalled();
    await things.update(one._id, countUp, at);
    expect(find).toHaveBeenCalledTimes(1);
    await things.update(one._id, countUp, at);
    expect(find).toHaveBeenCalledTimes(1);
  });
});
