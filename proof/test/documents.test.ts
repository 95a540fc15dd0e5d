import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dropTestStore, testStore } from '@ticketing/common/testing';
import type { Connection } from 'mongoose';
import { inserted, matches, projected, updated } from '../simulation/documents.ts';
import type { Document } from '../simulation/documents.ts';

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));

const documents: Document[] = [
  { _id: 'a', version: 1, status: 'created', at: '2029-01-01', outbox: [{ id: '1', at: '2029-01-01' }], holds: [] },
  {
    _id: 'b',
    version: 2,
    status: 'cancelled',
    at: '2029-01-02',
    outbox: [],
    holds: [{ orderId: 'x' }, { orderId: 'y' }],
  },
  {
    _id: 'c',
    version: 2,
    lastOrder: 3,
    status: 'complete',
    price: { amount: 5, currency: 'usd' },
    holds: [{ orderId: 'z' }],
  },
];

const all = () => connection.getClient().db(connection.name).collection<Document>('things');

async function fresh(): Promise<void> {
  await all().deleteMany({});
  await all().insertMany(documents.map((one) => structuredClone(one)));
}

/** All that the services ask their stores, on the simulated one and on a real one. */
describe('the simulated store finds what MongoDB finds', () => {
  it.each<object>([
    {},
    { _id: 'a' },
    { _id: 'a', version: 2 },
    { _id: 'b', version: { $lt: 3 } },
    { _id: 'b', version: { $lt: 2 } },
    { _id: { $gt: 'a' }, at: { $gte: '2029-01-02' } },
    { _id: { $in: ['a', 'c', 'd'] } },
    { 'outbox.at': { $lt: '2030' } },
    { 'outbox.at': { $lt: '2029' } },
    { status: { $in: ['created', 'complete'] }, at: { $lt: '2029-06' } },
    { 'holds.1': { $exists: false } },
    { 'holds.0': { $exists: true } },
    { 'holds.orderId': { $ne: 'x' } },
    { 'price.amount': { $lte: 5 } },
    { price: { amount: 5, currency: 'usd' } },
    { $or: [{ lastOrder: { $lt: 4 } }, { lastOrder: { $exists: false } }] },
    { $or: [{ lastOrder: { $lt: 3 } }, { lastOrder: { $exists: false } }] },
  ])('%j', async (filter) => {
    await fresh();
    const found = (await all().find(filter).toArray()).map(({ _id }) => _id);
    const simulated = documents.filter((one) => matches(one, filter as Record<string, unknown>)).map(({ _id }) => _id);
    expect(simulated).toEqual(found.sort());
  });
});

describe('the simulated store changes what MongoDB changes', () => {
  it.each<Record<string, unknown>>([
    { $set: { status: 'x', added: { deep: [1] } } },
    { $set: { version: 3 }, $unset: { status: 1 } },
    { $unset: { nothing: true } },
    {
      $push: {
        outbox: {
          $each: [
            { id: '2', at: 'now' },
            { id: '3', at: 'now' },
          ],
        },
      },
    },
    { $push: { holds: { orderId: 'new', at: 'now' } } },
    { $push: { fresh: { $each: [1] } } },
    { $pull: { outbox: { id: { $in: ['1'] }, at: { $in: ['2029-01-01'] } } } },
    { $pull: { outbox: { id: { $in: ['1'] }, at: { $in: ['2029-01-02'] } } } },
    { $pull: { holds: { orderId: { $in: ['x', 'z'] } } } },
    { $inc: { version: 1, times: 1 } },
    { $setOnInsert: { status: 'new' }, $set: { at: 'now' } },
  ])('%j', async (update) => {
    await fresh();
    for (const one of documents) {
      await all().updateOne({ _id: one._id }, update);
      expect(updated(one, update)).toEqual(await all().findOne({ _id: one._id }));
    }
  });

  it('inserts what an upsert inserts', async () => {
    await fresh();
    const filter = { _id: 'new', 'holds.2': { $exists: false }, version: { $lt: 4 } };
    const update = {
      $push: { holds: { orderId: 'x' } },
      $set: { status: 'held' },
      $setOnInsert: { first: 1 },
      $inc: { times: 1 },
    };
    await all().updateOne(filter, update as object, { upsert: true });
    expect(inserted(filter, update)).toEqual(await all().findOne({ _id: 'new' }));
  });

  it.each([{ outbox: 0 }, { _id: 1 }, { status: 1, version: 1 }, { outbox: 0, holds: 0 }])(
    'shows what the projection %j leaves',
    async (projection) => {
      await fresh();
      for (const one of documents)
        expect(projected(one, projection)).toEqual(await all().findOne({ _id: one._id }, { projection }));
    },
  );

  it('refuses what it does not know', () => {
    expect(() => matches({}, { a: { $regex: 'x' } })).toThrow('$regex');
    expect(() => updated({ _id: 'a' }, { $rename: { a: 'b' } })).toThrow('$rename');
    expect(() => updated({ _id: 'a' }, { $set: { 'a.b': 1 } })).toThrow('a.b');
  });
});
