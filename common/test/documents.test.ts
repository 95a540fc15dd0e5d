import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { isUnreachable } from '@ticketing/common';
import { findShared, insertNew, upsert } from '@ticketing/common/mongo';
import type { State } from '@ticketing/common/mongo';
import { mongo } from 'mongoose';
import { newThing, thingsInStore } from './things.ts';
import type { Thing } from './things.ts';

const { things } = await thingsInStore();
afterEach(() => {
  jest.restoreAllMocks();
});

const thing = (changes: Partial<State<Thing>> = {}): Thing => ({ ...newThing(changes), changedAt: '', outbox: [] });
const countOf = async (id: string) => (await things.findById(id).lean<Thing>().exec())?.count;

describe('what a process asks of one collection at one time', () => {
  it('goes to the store together, and each has its own answer', async () => {
    const taken = thing({ note: 'first' });
    await insertNew(things, taken);
    const bulkWrite = jest.spyOn(things.collection, 'bulkWrite');
    const find = jest.spyOn(things.collection, 'find');

    const fresh = Array.from({ length: 10 }, () => thing());
    const inserts = await Promise.all([...fresh, taken].map((one) => insertNew(things, one)));
    expect(inserts).toEqual([...fresh.map(() => true), false]);

    const count = (one: Thing, version: number) =>
      upsert(things, { _id: one._id, version }, { $set: { version: version + 1 }, $inc: { count: 1 } });
    const updates = await Promise.all(fresh.map((one, index) => count(one, index % 2)));
    expect(updates).toEqual(fresh.map((_, index) => index % 2 === 0));

    const found = await Promise.all([...fresh, thing()].map(({ _id }) => findShared(things, _id)));
    expect(found.map((one) => one?.count)).toEqual([...fresh.map((_, index) => 1 - (index % 2)), undefined]);
    expect([bulkWrite.mock.calls.length, find.mock.calls.length]).toEqual([2, 1]);
  });

  it('and a write that the store has something else against fails alone', async () => {
    const [good, bad] = [thing(), thing({ note: 'not a number' })];
    await Promise.all([insertNew(things, good), insertNew(things, bad)]);
    const outcomes = await Promise.allSettled([
      upsert(things, { _id: bad._id }, { $inc: { note: 1 } } as never),
      upsert(things, { _id: good._id }, { $inc: { count: 1 } }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await countOf(good._id)).toBe(1);
  });

  it('fails together when the store does not answer, or has not made it safe', async () => {
    const atOnce = () => Promise.allSettled([upsert(things, { _id: 'a' }, {}), upsert(things, { _id: 'b' }, {})]);
    const refused = { index: 0, code: 11000, errmsg: 'E11000' };
    for (const [writeErrors, concern] of [
      [[], undefined],
      [[refused], { code: 64 }],
    ] as const) {
      const error = new mongo.MongoBulkWriteError(
        { message: 'connection closed', writeErrors } as never,
        { getWriteConcernError: () => concern } as never,
      );
      jest.spyOn(things.collection, 'bulkWrite').mockRejectedValueOnce(error);
      const outcomes = await atOnce();
      expect(outcomes.map((one) => one.status === 'rejected' && isUnreachable(one.reason))).toEqual([true, true]);
    }
  });
});

it('what is asked alone is told its fate as well', async () => {
  const one = thing();
  expect([await insertNew(things, one), await insertNew(things, one)]).toEqual([true, false]);
  const count = () => upsert(things, { _id: one._id, version: 0 }, { $set: { version: 1 }, $inc: { count: 1 } });
  expect([await count(), await count()]).toEqual([true, false]);
  expect(await findShared(things, one._id)).toMatchObject({ version: 1, count: 1 });
  expect(await findShared(things, thing()._id)).toBeNull();
});

describe('findShared', () => {
  it('gives a document without its outbox', async () => {
    const one = thing({ note: 'here' });
    await insertNew(things, one);
    const { changedAt: _, outbox: __, ...rest } = one;
    expect(await findShared(things, one._id)).toEqual(rest);
  });
});

describe('upsert', () => {
  it('inserts what is not there, and leaves what does not pass', async () => {
    const one = thing();
    const filter = { _id: one._id, version: { $lt: 5 } };
    expect(await upsert(things, filter, { $set: { version: 5, count: 1 } })).toBe(true);
    expect(await upsert(things, filter, { $set: { version: 4, count: 2 } })).toBe(false);
    expect(await countOf(one._id)).toBe(1);
  });
});
