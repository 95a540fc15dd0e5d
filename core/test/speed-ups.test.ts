import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mongo } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { coalescedReads } from '@ticketing/core';
import { batchedWrites, mongooseCollection, speedUpSettings } from '@ticketing/core/mongo';
import { dropTestStore, memoryCollection, testStore } from '@ticketing/core/testing';
import { isUnreachable, loadConfig } from '@ticketing/runtime';
import { newThing, thingModel } from './things.ts';
import type { Thing } from './things.ts';

// What the contract of collections does not show: that commands are spared, and what a failed batch means.

const at = '2029-01-01T00:00:00.000Z';
const newDocument = (): Thing => ({ ...newThing(), changedAt: at, outbox: [] });

let connection: Connection;
let model: Model<Thing>;
beforeAll(async () => {
  connection = await testStore();
  model = thingModel(connection);
});
afterAll(() => dropTestStore(connection));
afterEach(() => {
  jest.restoreAllMocks();
});

describe('batched writes', () => {
  it('sends concurrent inserts in one command, and concurrent updates in another', async () => {
    const things = batchedWrites(mongooseCollection(model), model);
    const bulkWrite = jest.spyOn(model.collection, 'bulkWrite');
    const documents = Array.from({ length: 10 }, newDocument);
    await Promise.all(documents.map((one) => things.insert(one)));
    await Promise.all(documents.map(({ _id }) => things.updateIf(_id, 0, { events: [] })));
    expect(bulkWrite.mock.calls.map(([operations]) => operations.length)).toEqual([10, 10]);
  });

  it.each([
    ['the command failed on its way', [], undefined],
    ['the writes are not yet safe with the majority', [{ index: 0, code: 11000, errmsg: 'E11000' }], { code: 64 }],
  ])('reports the store as unavailable to every writer when %s', async (_, writeErrors, concern) => {
    const things = batchedWrites(mongooseCollection(model), model);
    const error = new mongo.MongoBulkWriteError(
      { message: 'connection closed', writeErrors } as never,
      { getWriteConcernError: () => concern } as never,
    );
    jest.spyOn(model.collection, 'bulkWrite').mockRejectedValueOnce(error);
    const outcomes = await Promise.allSettled([things.insert(newDocument()), things.insert(newDocument())]);
    expect(outcomes.map((one) => one.status === 'rejected' && isUnreachable(one.reason))).toEqual([true, true]);
  });
});

describe('coalesced reads', () => {
  it('answers concurrent reads with one query', async () => {
    const plain = memoryCollection<Thing>();
    const [one, other] = [newDocument(), newDocument()];
    await plain.insert(one);
    await plain.insert(other);
    const page = jest.spyOn(plain, 'page');
    const find = jest.spyOn(plain, 'find');
    const things = coalescedReads(plain);
    await Promise.all([one._id, other._id, one._id].map((id) => things.find(id)));
    expect([page.mock.calls.length, find.mock.calls.length]).toEqual([1, 0]);
    await Promise.all([one._id, one._id].map((id) => things.find(id)));
    expect([page.mock.calls.length, find.mock.calls.length]).toEqual([1, 1]);
  });
});

describe('SPEED_UPS', () => {
  it.each([
    [undefined, ['batched-writes', 'coalesced-reads', 'last-known-state']],
    ['all', ['batched-writes', 'coalesced-reads', 'last-known-state']],
    ['none', []],
    ['last-known-state,batched-writes', ['last-known-state', 'batched-writes']],
  ])('%j chooses %j', (SPEED_UPS, chosen) => {
    expect(loadConfig(speedUpSettings, { SPEED_UPS })).toEqual({ SPEED_UPS: chosen });
  });

  it('is refused with the names that it may have', () => {
    expect(() => loadConfig(speedUpSettings, { SPEED_UPS: 'faster' })).toThrow('coalesced-reads');
  });
});
