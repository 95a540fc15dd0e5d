import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { change, insert, startRelay } from '@ticketing/common/mongo';
import type { Relay } from '@ticketing/common/mongo';
import { eventually, silentLog, testStore } from '@ticketing/common/testing';
import { mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { countUp, moodyBus, newThing, sayOf, thingsInStore, thingModel } from './things.ts';
import type { Thing } from './things.ts';

const { connection, things } = await thingsInStore();

let moody: ReturnType<typeof moodyBus>;
beforeEach(async () => {
  await things.deleteMany({});
  moody = moodyBus();
});
afterEach(() => Promise.all(running.splice(0).map((relay) => relay.stop())));

/** A sweep that does not come within a test shows what is published without one. */
const NEVER = 3_600_000;
const running: Relay[] = [];
function start(sweepEveryMs = 50, instance = 'one'): Relay {
  const relay = startRelay({
    connection,
    collections: ['things'],
    bus: moody.bus,
    instance,
    log: silentLog,
    sweepEveryMs,
  });
  running.push(relay);
  return relay;
}

const LONG_AGO = new Date('2020-01-01T00:00:00.000Z');
const unsaid = async (): Promise<string[]> =>
  (await things.find().lean<Thing[]>().exec()).flatMap(({ outbox }) => outbox.map(({ id }) => id));
const allSaid = () => eventually(unsaid, ({ length }) => length === 0);
const leaders = () => connection.collection<{ _id: string; instance: string; beat: number }>('leaders');
const takenIds = () => moody.taken.map(({ id }) => id);

async function saved(at = new Date()): Promise<string> {
  const thing = newThing();
  await insert(things, thing, [sayOf(thing)], at);
  return thing._id;
}

describe('the relay', () => {
  it('publishes what is saved at once, on the subject of its name, and removes it', async () => {
    start(NEVER);
    const id = await saved();
    await allSaid();
    expect(moody.taken).toEqual([
      expect.objectContaining({ subject: 'expiration:complete', id: `${id}:0:expiration:complete` }),
    ]);
  });

  it('keeps the order of a document', async () => {
    start(NEVER);
    const id = await saved();
    for (let version = 1; version <= 20; version++) await change(things, id, countUp, new Date());
    await allSaid();
    expect(moody.taken.map(({ data }) => data.version)).toEqual(Array.from({ length: 21 }, (_, index) => index));
  });

  it('removes together what is said within a moment, and holds back nothing for it', async () => {
    const removals = jest.spyOn(mongo.Collection.prototype, 'bulkWrite');
    start(NEVER);
    const ids = await Promise.all([saved(), saved(), saved()]);
    await Promise.all(ids.map((id) => change(things, id, countUp, new Date())));
    await allSaid();
    expect(takenIds()).toHaveLength(6);
    expect(removals.mock.calls.length).toBeLessThanOrEqual(3);
    removals.mockRestore();
  });

  it('keeps what the bus refused, and publishes it in order when the bus takes it again', async () => {
    start();
    moody.mood.refuses = true;
    const id = await saved(LONG_AGO);
    await change(things, id, countUp, LONG_AGO);
    expect(await unsaid()).toHaveLength(2);
    moody.mood.refuses = false;
    await allSaid();
    expect(moody.taken.map(({ data }) => data.version)).toEqual([0, 1]);
  });

  it('waits while the bus is away', async () => {
    moody.mood.connected = false;
    start();
    const id = await saved(LONG_AGO);
    expect(await unsaid()).toEqual([`${id}:0:expiration:complete`]);
    moody.mood.connected = true;
    await allSaid();
    expect(takenIds()).toEqual([`${id}:0:expiration:complete`]);
  });

  it('publishes what a crashed process left, of more documents than it takes at a time', async () => {
    const left = Array.from({ length: 450 }, () => newThing());
    for (const thing of left) await insert(things, thing, [sayOf(thing)], LONG_AGO);
    start();
    await allSaid();
    expect(takenIds().sort()).toEqual(left.map(({ _id }) => `${_id}:0:expiration:complete`).sort());
  });

  it('has one process of several publish what was left over', async () => {
    for (const instance of ['one', 'two', 'three']) start(50, instance);
    const left = Array.from({ length: 20 }, () => newThing());
    for (const thing of left) {
      await insert(things, thing, [], LONG_AGO);
      // As another process left it, which has no relay here.
      const event = { id: thing._id, name: 'expiration:complete', at: LONG_AGO.toISOString(), data: sayOf(thing).data };
      await things.collection.updateOne({ _id: thing._id } as never, { $push: { outbox: event } } as never);
    }
    await allSaid();
    expect(takenIds().sort()).toEqual(left.map(({ _id }) => _id).sort());
  });

  it('goes on with another process when the one that did it is heard of no more', async () => {
    await leaders().insertOne({ _id: 'relay', instance: 'crashed', beat: 7 });
    const id = await saved(LONG_AGO);
    start();
    await allSaid();
    expect(takenIds()).toEqual([`${id}:0:expiration:complete`]);
    expect(await leaders().findOne({ _id: 'relay' })).toMatchObject({ instance: 'one' });
  });

  it('leaves it to another process at once when it is stopped', async () => {
    const first = start(NEVER, 'one');
    await eventually(
      () => leaders().findOne({ _id: 'relay' }),
      (leader) => leader?.instance === 'one',
    );
    await first.stop();
    const id = await saved(LONG_AGO);
    start(NEVER, 'two');
    await allSaid();
    expect(takenIds()).toEqual([`${id}:0:expiration:complete`]);
  });

  it('does not turn in circles while the bus refuses more documents than it takes at a time', async () => {
    const left = Array.from({ length: 250 }, () => newThing());
    for (const thing of left) await insert(things, thing, [sayOf(thing)], LONG_AGO);
    let asked = 0;
    moody.bus.publish = () => {
      asked++;
      return Promise.reject(new Error('the bus refuses'));
    };
    start(NEVER);
    await eventually(
      () => asked,
      (times) => times >= 200,
    );
    for (let round = 0; round < 20; round++) await unsaid();
    expect(asked).toBe(200);
  });

  it('removes only what was acknowledged when the same is said again meanwhile', async () => {
    start(NEVER);
    const release = moody.hold();
    const thing = newThing();
    await insert(things, thing, [sayOf(thing, 'first')], new Date('2029-01-01T00:00:00.000Z'));
    // The process that says it again has no relay; the first publication is still under way.
    const other = await testStoreOf(connection);
    await change(
      thingModel(other),
      thing._id,
      (state) => ({ say: [sayOf(state, 'second')] }),
      new Date('2029-01-01T00:00:01.000Z'),
    );
    await other.close();
    release();
    const rest = await eventually(
      () => things.findById(thing._id).lean<Thing>().exec(),
      (found) => (found?.outbox.length ?? 0) < 2,
    );
    expect(rest?.outbox).toEqual([expect.objectContaining({ data: sayOf(thing, 'second').data })]);
  });

  it('waits for the publications under way when it is stopped', async () => {
    const relay = start(NEVER);
    const release = moody.hold();
    await saved();
    let stopped = false;
    const stopping = relay.stop().then(() => {
      stopped = true;
    });
    expect(await unsaid()).toHaveLength(1);
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(await unsaid()).toEqual([]);
  });

  it('publishes nothing once it is stopped', async () => {
    await start().stop();
    await saved(LONG_AGO);
    expect(await unsaid()).toHaveLength(1);
    expect(moody.taken).toEqual([]);
  });
});

/** A second connection to the same database, as another process has it. */
async function testStoreOf(first: Connection): Promise<Connection> {
  const other = await testStore();
  return other.useDb(first.name);
}
