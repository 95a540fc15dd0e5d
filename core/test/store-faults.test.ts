import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoMemoryServer } from 'mongodb-memory-server';
import { Schema, createConnection, mongo } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import type { Collection } from '@ticketing/core';
import { batchedWrites, createIndexes, mongooseCollection, storeOptions } from '@ticketing/core/mongo';
import { eventually, patientStoreOptions, silentLog } from '@ticketing/core/testing';
import { isUnreachable } from '@ticketing/runtime';
import { newThing, thingModel } from './things.ts';
import type { Thing } from './things.ts';

/** Faults of MongoDB, injected into a server of this file's own. */

let server: MongoMemoryServer;
let connection: Connection;
let model: Model<Thing>;

/** Short limits, by which the driver notices a server that is gone or silent, but longer than a busy machine takes to connect. */
const impatient = {
  ...storeOptions,
  heartbeatFrequencyMS: 500,
  connectTimeoutMS: 2000,
  serverSelectionTimeoutMS: 4000,
};

async function start(options: typeof patientStoreOptions | typeof impatient): Promise<void> {
  const args = ['--setParameter', 'enableTestCommands=1'];
  server = await MongoMemoryServer.create({ instance: { ip: '127.0.0.1', args, launchTimeout: 60_000 } });
  connection = await createConnection(server.getUri('things'), options).asPromise();
  model = thingModel(connection);
}

async function stop(): Promise<void> {
  await connection.close(true);
  await server.stop();
}

const admin = (command: object) => connection.getClient().db('admin').command(command);

const at = '2029-01-01T00:00:00.000Z';
const document = () => ({ ...newThing(), changedAt: at, outbox: [] });
const changeOf = (thing: Thing) => ({ next: { ...newThing(), _id: thing._id, version: 1 }, changedAt: at, events: [] });

const collections: [string, () => Collection<Thing>][] = [
  ['plain', () => mongooseCollection(model)],
  ['batched', () => batchedWrites(mongooseCollection(model), model)],
];

describe('a collection while MongoDB shuts down, elects a primary, or is cut off', () => {
  beforeAll(() => start(patientStoreOptions));
  afterAll(stop);
  afterEach(() => admin({ configureFailPoint: 'failCommand', mode: 'off' }));

  describe.each(collections)('%s', (_name, create) => {
    it.each([
      ['ShutdownInProgress', 91],
      ['PrimarySteppedDown', 189],
      ['ExceededTimeLimit', 262],
      ['NotWritablePrimary', 10_107],
      ['InterruptedAtShutdown', 11_600],
      ['InterruptedDueToReplStateChange', 11_602],
      ['NotPrimaryNoSecondaryOk', 13_435],
      ['NotPrimaryOrSecondary', 13_436],
    ])('is unreachable: %s', async (_code, errorCode) => {
      const things = create();
      const thing = document();
      await things.insert(thing);
      await admin({
        configureFailPoint: 'failCommand',
        mode: 'alwaysOn',
        data: { errorCode, failCommands: ['find', 'insert', 'update'] },
      });
      const outcomes = await Promise.allSettled([
        things.find(thing._id),
        things.insert(document()),
        things.updateIf(thing._id, 0, changeOf(thing)),
        things.removeEvents([{ id: thing._id, events: [] }]),
      ]);
      const isFailed = (outcome: PromiseSettledResult<unknown>) =>
        outcome.status === 'rejected' && isUnreachable(outcome.reason);
      expect(outcomes.map(isFailed)).toEqual([true, true, true, true]);
    });
  });

  it('is unreachable when only some writes of a batch fail because the member is no primary any more', async () => {
    const [one, other] = [document(), document()];
    const error = {
      code: 10_107,
      message: 'not primary',
      writeErrors: [{ index: 1, code: 10_107, errmsg: 'not primary' }],
    };
    const result = { getWriteConcernError: () => undefined };
    jest
      .spyOn(model.collection, 'bulkWrite')
      .mockRejectedValueOnce(new mongo.MongoBulkWriteError(error as never, result as never));
    const things = batchedWrites(mongooseCollection(model), model);
    const outcomes = await Promise.allSettled([things.insert(one), things.insert(other)]);
    expect(outcomes[0]).toEqual({ status: 'fulfilled', value: true });
    expect(outcomes[1].status === 'rejected' && isUnreachable(outcomes[1].reason)).toBe(true);
  });
});

describe('a server that fails while operations run', () => {
  beforeEach(() => start(impatient));
  afterEach(stop);

  /** Inserts until one fails, and resolves to the errors of all that were running. */
  async function errorsWhile(fail: () => unknown): Promise<unknown[]> {
    const things = mongooseCollection(model);
    let failing = false;
    const errors: unknown[] = [];
    const insertAll = async () => {
      for (;;) {
        try {
          await things.insert(document());
        } catch (error) {
          errors.push(error);
          if (failing) return;
        }
      }
    };
    const inserting = Array.from({ length: 8 }, insertAll);
    await new Promise((resolve) => setTimeout(resolve, 200));
    failing = true;
    fail();
    await Promise.all(inserting);
    return errors;
  }

  const processOf = () => server.instanceInfo?.instance.mongodProcess;

  it.each(['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const)('is unreachable: %s', async (signal) => {
    const child = processOf();
    try {
      const errors = await errorsWhile(() => child?.kill(signal));
      expect(errors.filter((error) => !isUnreachable(error))).toEqual([]);
      expect(errors).not.toEqual([]);
    } finally {
      child?.kill('SIGCONT');
    }
  });
});

describe('the indexes of a service', () => {
  beforeAll(() => start(patientStoreOptions));
  afterAll(stop);

  it('are created once and completely, although each build takes longer than a command may', async () => {
    const slow = await createConnection(server.getUri('slow'), {
      ...patientStoreOptions,
      socketTimeoutMS: 300,
    }).asPromise();
    const things = slow.model('Thing', new Schema({ one: Number, two: Number }).index({ one: 1 }).index({ two: 1 }));
    // The short limit is for the builds alone.
    const same = connection.getClient().db('slow').collection('things');
    await same.insertMany(Array.from({ length: 100 }, (_, one) => ({ one, two: -one })));
    await admin({ configureFailPoint: 'hangAfterStartingIndexBuild', mode: 'alwaysOn' });
    const creating = createIndexes([things], silentLog);
    const builds = async () => {
      const { inprog } = await admin({ currentOp: 1, 'command.createIndexes': 'things', client: { $exists: true } });
      return (inprog as unknown[]).length;
    };
    try {
      await eventually(builds, (count) => count > 0);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await builds()).toBe(1);
    } finally {
      await admin({ configureFailPoint: 'hangAfterStartingIndexBuild', mode: 'off' });
    }
    await creating;
    expect(Object.keys(await same.indexInformation())).toEqual(['_id_', 'one_1', 'two_1']);
    await slow.close();
  });
});
