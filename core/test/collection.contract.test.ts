import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection, Model } from 'mongoose';
import type { Envelope } from '@ticketing/common';
import { DuplicateKeyError, coalescedReads } from '@ticketing/core';
import type { Collection, State } from '@ticketing/core';
import { batchedWrites, createIndexes, mongooseCollection } from '@ticketing/core/mongo';
import { dropTestStore, memoryCollection, silentLog, testStore } from '@ticketing/core/testing';
import { newThing, thingModel } from './things.ts';
import type { Thing } from './things.ts';

/** The contract of `Collection`, which every driver and every decorator must pass. */

let connection: Connection;
let model: Model<Thing>;
beforeAll(async () => {
  connection = await testStore();
  model = thingModel(connection);
  await createIndexes([model], silentLog);
});
afterAll(() => dropTestStore(connection));
beforeEach(() => model.deleteMany({}));

const day = (number: number) => `2029-01-0${number}T00:00:00.000Z`;

const event = (id: string, at = day(1)): Envelope => ({ id, name: 'expiration:complete', at, data: { id } });

const inMemory = () => memoryCollection<Thing>(undefined, { unique: ['marks'] });

const collections: [string, () => Collection<Thing>][] = [
  ['in memory', inMemory],
  ['in memory, with coalesced reads', () => coalescedReads(inMemory())],
  ['in MongoDB', () => mongooseCollection(model)],
  ['in MongoDB, with batched writes', () => batchedWrites(mongooseCollection(model), model)],
  [
    'in MongoDB, with batched writes and coalesced reads',
    () => coalescedReads(batchedWrites(mongooseCollection(model), model)),
  ],
];

describe.each(collections)('a collection %s', (_name, create) => {
  let things: Collection<Thing>;
  beforeEach(() => {
    things = create();
  });

  async function inserted(changes: Partial<Thing> = {}): Promise<State<Thing>> {
    const { changedAt = day(1), outbox = [], ...rest } = changes;
    const state = newThing(rest);
    expect(await things.insert({ ...state, changedAt, outbox })).toBe(true);
    return state;
  }

  /** The whole document. */
  const documentOf = async (id: string) => (await things.page({ _id: id }, 1))[0];

  it('finds the state of a document without its bookkeeping fields', async () => {
    const thing = await inserted({ note: 'here', outbox: [event('e1')] });
    expect(await things.find(thing._id)).toEqual(thing);
    expect(await things.find(newThing()._id)).toBeNull();
  });

  it('answers every one of many concurrent reads', async () => {
    const [one, other] = [await inserted(), await inserted({ count: 7 })];
    const ids = [one._id, other._id, newThing()._id, one._id];
    expect(await Promise.all(ids.map((id) => things.find(id)))).toEqual([one, other, null, one]);
  });

  it('never finds a state older than the call', async () => {
    const thing = await inserted();
    const early = things.find(thing._id);
    await things.updateIf(thing._id, 0, { next: { ...thing, version: 1, count: 1 }, changedAt: day(2), events: [] });
    expect(await things.find(thing._id)).toMatchObject({ version: 1 });
    await early;
  });

  it('inserts a document with its events unchanged', async () => {
    const thing = await inserted({ note: 'new', outbox: [event('e1'), { ...event('e2'), requestId: 'request-1' }] });
    expect(await documentOf(thing._id)).toEqual({
      ...thing,
      changedAt: day(1),
      outbox: [event('e1'), { ...event('e2'), requestId: 'request-1' }],
    });
  });

  it('does not insert an id that is taken, and keeps the stored document', async () => {
    const thing = await inserted({ note: 'first', outbox: [event('e1')] });
    const before = await documentOf(thing._id);
    expect(await things.insert({ ...thing, note: 'second', changedAt: day(2), outbox: [] })).toBe(false);
    expect(await documentOf(thing._id)).toEqual(before);
  });

  it('lets exactly one of twenty concurrent inserts of an id succeed', async () => {
    const document = { ...newThing(), changedAt: day(1), outbox: [event('e1')] };
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, count) => things.insert({ ...document, count })));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await documentOf(document._id))?.outbox).toHaveLength(1);
  });

  it('updates a document at the expected version, and appends its events to the outbox', async () => {
    const thing = await inserted({ outbox: [event('e1')] });
    const next = { ...thing, version: 1, count: 5, note: 'changed' };
    const change = { next, changedAt: day(2), events: [event('e2', day(2))] };
    expect(await things.updateIf(thing._id, 0, change)).toBe(true);
    expect(await documentOf(thing._id)).toEqual({
      ...next,
      changedAt: day(2),
      outbox: [event('e1'), event('e2', day(2))],
    });
  });

  it('replaces published events by those of the change', async () => {
    const thing = await inserted({ outbox: [event('e1'), event('e2')] });
    const next = { ...thing, version: 1, note: 'changed' };
    const change = { next, changedAt: day(2), events: [event('e3', day(2))], published: [event('e1'), event('e2')] };
    expect(await things.updateIf(thing._id, 0, change)).toBe(true);
    expect(await documentOf(thing._id)).toEqual({ ...next, changedAt: day(2), outbox: [event('e3', day(2))] });
  });

  it('removes published events also when the change adds none, or when they are already removed', async () => {
    for (const outbox of [[event('e1')], []]) {
      const thing = await inserted({ outbox });
      const change = { next: { ...thing, version: 1 }, changedAt: day(2), events: [], published: [event('e1')] };
      expect(await things.updateIf(thing._id, 0, change)).toBe(true);
      expect((await documentOf(thing._id))?.outbox).toEqual([]);
    }
  });

  it.each([
    ['another event', event('e2')],
    ['the same event, emitted again since', event('e1', day(2))],
    ['another event of the same time', event('e3')],
    ['an event with the id of one and the time of another', event('e1', day(4))],
  ])('writes nothing when the outbox holds, beside the published events, %s', async (_, other) => {
    const thing = await inserted({ outbox: [event('e1'), other] });
    const before = await documentOf(thing._id);
    const next = { ...thing, version: 1, count: 5 };
    const change = {
      next,
      changedAt: day(3),
      events: [event('e4', day(3))],
      published: [event('e1'), event('e5', day(4))],
    };
    expect(await things.updateIf(thing._id, 0, change)).toBe(false);
    expect(await documentOf(thing._id)).toEqual(before);
  });

  it('removes fields that the next state does not have', async () => {
    const thing = await inserted({ note: 'remove me' });
    const next = { ...thing, version: 1, note: undefined };
    expect(await things.updateIf(thing._id, 0, { next, changedAt: day(2), events: [] })).toBe(true);
    expect(await things.find(thing._id)).toEqual({ _id: thing._id, version: 1, count: 0 });
  });

  it('appends events without a change of state at the current version', async () => {
    const thing = await inserted();
    expect(await things.updateIf(thing._id, 0, { events: [event('e1')] })).toBe(true);
    expect(await documentOf(thing._id)).toEqual({ ...thing, changedAt: day(1), outbox: [event('e1')] });
  });

  it('writes nothing when the document is at another version, and reports each result to its caller', async () => {
    const [one, other] = [await inserted({ version: 3 }), await inserted({ version: 3 })];
    const to = (thing: State<Thing>, version: number) =>
      things.updateIf(thing._id, version, { next: { ...thing, version: 4, count: 9 }, changedAt: day(2), events: [] });
    expect(await Promise.all([to(one, 2), to(other, 3), to(one, 4)])).toEqual([false, true, false]);
    expect(await things.find(one._id)).toEqual(one);
    expect(await things.find(other._id)).toMatchObject({ version: 4, count: 9 });
  });

  it('lets exactly one of twenty concurrent updates of a version succeed', async () => {
    const thing = await inserted();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, count) =>
        things.updateIf(thing._id, 0, {
          next: { ...thing, version: 1, count },
          changedAt: day(2),
          events: [event('e')],
        }),
      ),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await documentOf(thing._id))?.outbox).toHaveLength(1);
  });

  describe('a unique index beside that of the ids', () => {
    const marked = (thing: State<Thing>, version: number, marks?: string[]) =>
      things.updateIf(thing._id, version, {
        next: { ...thing, version: version + 1, marks },
        changedAt: day(2),
        events: [event('e')],
      });

    it('refuses an insert and an update that would repeat a key, as a DuplicateKeyError, and writes nothing', async () => {
      await inserted({ marks: ['a', 'b'] });
      const other = await inserted({ marks: ['c'] });
      const third = { ...newThing({ marks: ['b'] }), changedAt: day(1), outbox: [] };
      await expect(things.insert(third)).rejects.toThrow(DuplicateKeyError);
      await expect(marked(other, 0, ['d', 'a'])).rejects.toThrow(DuplicateKeyError);
      expect(await things.find(third._id)).toBeNull();
      expect(await documentOf(other._id)).toEqual({ ...other, changedAt: day(1), outbox: [] });
    });

    it('is about keys, not about documents: any number have none, and one keeps its own', async () => {
      const [one, other] = [await inserted(), await inserted()];
      expect(await marked(one, 0, ['a'])).toBe(true);
      expect(await marked({ ...one, note: 'again' }, 1, ['a', 'b'])).toBe(true);
      expect(await marked(other, 0, ['c'])).toBe(true);
    });

    it('frees a key when its document gives it up', async () => {
      const [one, other] = [await inserted({ marks: ['a'] }), await inserted()];
      expect(await marked(one, 0)).toBe(true);
      expect(await marked(other, 0, ['a'])).toBe(true);
    });

    it('reports a taken id and a stale version as ever, whatever the keys', async () => {
      const one = await inserted({ marks: ['a'] });
      const other = await inserted({ version: 3 });
      expect(await things.insert({ ...one, changedAt: day(2), outbox: [] })).toBe(false);
      expect(await marked(other, 2, ['a'])).toBe(false);
    });

    it('lets exactly one of twenty concurrent updates take a key', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => inserted()));
      const outcomes = await Promise.allSettled(all.map((thing) => marked(thing, 0, ['a'])));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DuplicateKeyError);
      expect((await things.page({}, 30)).filter(({ marks }) => marks !== undefined)).toHaveLength(1);
    });
  });

  it('never recreates a document that was deleted', async () => {
    const thing = newThing();
    const change = { next: { ...thing, version: 1 }, changedAt: day(2), events: [event('e1')] };
    expect(await things.updateIf(thing._id, 0, change)).toBe(false);
    expect(await things.updateIf(thing._id, 0, { events: [event('e1')] })).toBe(false);
    expect(await things.page({}, 10)).toEqual([]);
  });

  it('pages through the documents that match a filter in the order of their last changes, then of their ids', async () => {
    const ids = Array.from({ length: 8 }, () => newThing()._id).sort();
    const days = [3, 1, 2, 2, 2, 2, 1, 4];
    await Promise.all(ids.map((_id, index) => inserted({ _id, changedAt: day(days[index] ?? 0), note: 'in' })));
    await inserted({ changedAt: day(2), note: 'out' });
    const expected = [2, 3, 4, 5, 0, 7].map((index) => ids[index]);
    const seen: string[][] = [];
    for (let after = { changedAt: day(2), _id: '' }; ;) {
      const page = await things.page({ note: 'in' }, 3, after);
      seen.push(page.map(({ _id }) => _id));
      const last = page.at(-1);
      if (last === undefined) break;
      after = last;
    }
    expect(seen).toEqual([expected.slice(0, 3), expected.slice(3), []]);
    expect(await things.page({}, 3)).toHaveLength(3);
  });

  it.each<[string, Parameters<Collection<Thing>['page']>[0], string[]]>([
    ['a value', { note: 'b' }, ['b']],
    ['a number', { count: 1 }, ['b']],
    ['one of several values', { note: { $in: ['a', 'c', 'x'] } }, ['a', 'c']],
    ['less', { changedAt: { $lt: day(2) } }, ['a']],
    ['less or equal', { changedAt: { $lte: day(2) } }, ['a', 'b']],
    ['greater or equal', { changedAt: { $gte: day(2) } }, ['b', 'c']],
    ['a path into an array', { 'outbox.at': { $lt: day(3) } }, ['b']],
    ['an element that exists', { 'outbox.0': { $exists: true } }, ['b', 'c']],
    ['an element that does not exist', { 'outbox.0': { $exists: false } }, ['a']],
    ['several conditions', { 'outbox.0': { $exists: true }, changedAt: { $gte: day(3) } }, ['c']],
    ['a field that no document has', { nothing: 'x' }, []],
  ])('filters by %s', async (_what, filter, expected) => {
    await inserted({ note: 'a', count: 0, changedAt: day(1) });
    await inserted({ note: 'b', count: 1, changedAt: day(2), outbox: [event('e1', day(2)), event('e2', day(4))] });
    await inserted({ note: 'c', count: 2, changedAt: day(3), outbox: [event('e3', day(3))] });
    expect((await things.page(filter, 10)).map(({ note }) => note).sort()).toEqual(expected);
  });

  it('counts the documents that match a filter, up to a limit', async () => {
    for (const count of [1, 2, 2, 2]) await inserted({ count });
    expect(await things.count({ count: 2 }, 10)).toBe(3);
    expect(await things.count({ count: 2 }, 2)).toBe(2);
    expect(await things.count({ count: 3 }, 10)).toBe(0);
  });

  it('finds the document with the least value at a path, also one in an array', async () => {
    expect(await things.first('outbox.at')).toBeNull();
    await inserted({ note: 'none' });
    await inserted({ note: 'later', outbox: [event('e1', day(3))] });
    await inserted({ note: 'first', outbox: [event('e2', day(4)), event('e3', day(2))] });
    expect(await things.first('outbox.at')).toMatchObject({ note: 'first' });
  });

  it('removes published events, but not an event that was republished under the same id', async () => {
    const one = await inserted({ outbox: [event('e1'), event('e2'), event('e1', day(2))] });
    const other = await inserted({ outbox: [event('e3')] });
    await things.removeEvents([
      { id: one._id, events: [event('e1')] },
      { id: other._id, events: [event('e3')] },
      { id: newThing()._id, events: [event('e4')] },
    ]);
    expect((await documentOf(one._id))?.outbox).toEqual([event('e2'), event('e1', day(2))]);
    expect((await documentOf(other._id))?.outbox).toEqual([]);
  });
});

describe.each(collections.slice(2))('a collection %s', (_name, create) => {
  it('rejects a document or a next state that violates the schema, and writes the others', async () => {
    const things = create();
    const good = { ...newThing(), changedAt: day(1), outbox: [] };
    const { count: _count, ...incomplete } = newThing();
    const missing = { ...incomplete, changedAt: day(1), outbox: [] } as unknown as Thing;
    const unknown = { ...newThing(), changedAt: day(1), outbox: [], colour: 'red' } as Thing;
    const wrong = { ...newThing(), changedAt: day(1), outbox: [], count: 'many' } as unknown as Thing;
    const outcomes = await Promise.allSettled([missing, unknown, wrong, good].map((one) => things.insert(one)));
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : outcome.value))).toEqual(
      [expect.stringContaining('count'), expect.stringContaining('colour'), expect.stringContaining('count'), true],
    );
    const next = { ...incomplete, _id: good._id, version: 1 } as State<Thing>;
    await expect(things.updateIf(good._id, 0, { next, changedAt: day(2), events: [] })).rejects.toThrow('count');
    expect(await things.find(good._id)).toMatchObject({ version: 0 });
  });
});
