import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Envelope } from '@ticketing/common';
import { aggregate, createLease, createSweeps, startRelay } from '@ticketing/core';
import type { Collection, LeaseDocument, Relay } from '@ticketing/core';
import { eventually, memoryCollection, silentLog } from '@ticketing/core/testing';
import type { every as everyInterval } from '@ticketing/runtime';
import { countUp, eventOf, faultyBus, newThing } from './things.ts';
import type { Thing } from './things.ts';

let documents: Map<string, Thing>;
let collection: Collection<Thing>;
let leases: Collection<LeaseDocument>;
let faulty: ReturnType<typeof faultyBus>;
beforeEach(() => {
  documents = new Map();
  collection = memoryCollection(documents);
  leases = memoryCollection();
  faulty = faultyBus();
});
const running: Relay[] = [];
afterEach(() => Promise.all(running.splice(0).map((relay) => relay.stop())));

/** A sweep interval longer than any test, to test what is published without a sweep. */
const NEVER = 3_600_000;

/** An instance of a service: its relay, and its aggregate that notifies the relay. */
function start(sweepEveryMs = 10, instance = 'one', every?: typeof everyInterval) {
  const sweeps = createSweeps(silentLog);
  const relay = startRelay({
    outboxes: collection,
    lease: createLease(aggregate({ collection: leases }), 'relay', instance),
    bus: faulty.bus,
    log: silentLog,
    sweeps,
    sweepEveryMs,
    ...(every && { every }),
  });
  running.push(relay);
  return { relay, sweeps, things: aggregate({ collection, publisher: relay }) };
}

/** An instance whose periodic work runs only when a test calls it. */
function startByHand() {
  const works: (() => Promise<unknown>)[] = [];
  const instance = start(NEVER, 'one', (_ms, work) => {
    works.push(work);
    return { stop: () => Promise.resolve() };
  });
  const [sweep] = works;
  if (!sweep) throw new Error('there is no sweep');
  return { ...instance, sweep };
}

const LONG_AGO = new Date('2020-01-01T00:00:00.000Z');
const unpublished = () => [...documents.values()].flatMap(({ outbox }) => outbox.map(({ id }) => id));
const allPublished = () => eventually(unpublished, ({ length }) => length === 0);
const publishedIds = () => faulty.published.map(({ id }) => id);

/** Saves a thing with its event like a process that crashes before it publishes the event. */
async function leaveBehind(): Promise<string> {
  const thing = newThing();
  await aggregate({ collection }).insert(thing, [eventOf(thing)], LONG_AGO);
  return thing._id;
}

describe('the relay', () => {
  it('publishes events as soon as they are saved, on the subject of their name, and removes them', async () => {
    const { things } = start(NEVER);
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    await allPublished();
    expect(faulty.published).toEqual([
      expect.objectContaining({ subject: 'expiration:complete', id: `${thing._id}:0:expiration:complete` }),
    ]);
  });

  it('publishes the events of a document in order', async () => {
    const { things } = start(NEVER);
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    for (let version = 1; version <= 20; version++) await things.update(thing._id, countUp, new Date());
    await allPublished();
    expect(faulty.published.map(({ data }) => data.version)).toEqual(Array.from({ length: 21 }, (_, index) => index));
  });

  it('publishes an event although the bus has not acknowledged an earlier one of its document', async () => {
    const { things } = start(NEVER);
    const release = faulty.hold();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    faulty.letOthersPass();
    await things.update(thing._id, countUp, new Date());
    await eventually(publishedIds, ({ length }) => length > 0);
    expect(publishedIds()).toEqual([`${thing._id}:1:expiration:complete`]);
    release();
    await allPublished();
  });

  it('lets the next change of a document remove its published events, without a write of their own', async () => {
    const removeEvents = jest.spyOn(collection, 'removeEvents');
    const { relay, things } = startByHand();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    for (let version = 1; version <= 3; version++) {
      await eventually(
        () => relay.published(thing._id),
        ({ length }) => length === 1,
      );
      await things.update(thing._id, countUp, new Date());
      expect(unpublished()).toEqual([`${thing._id}:${version}:expiration:complete`]);
    }
    expect(removeEvents).not.toHaveBeenCalled();
  });

  it('removes events itself, some time after they were published, when their document does not change again', async () => {
    const removeEvents = jest.spyOn(collection, 'removeEvents');
    const { relay, things } = start(NEVER);
    const thing = newThing();
    const insertedAt = Date.now();
    await things.insert(thing, [eventOf(thing)], new Date());
    await allPublished();
    expect(Date.now() - insertedAt).toBeGreaterThanOrEqual(1000);
    expect(publishedIds()).toHaveLength(1);
    expect(removeEvents).toHaveBeenCalledTimes(1);
    await eventually(
      () => relay.published(thing._id),
      ({ length }) => length === 0,
    );
  });

  it('publishes events once although sweeps find them in the outbox until they are removed', async () => {
    const { relay, things, sweep } = startByHand();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], LONG_AGO);
    for (let time = 0; time < 3; time++) await sweep();
    await eventually(publishedIds, ({ length }) => length > 0);
    for (let time = 0; time < 3; time++) await sweep();
    expect(unpublished()).toHaveLength(1);
    await relay.stop();
    expect(unpublished()).toEqual([]);
    expect(publishedIds()).toEqual([`${thing._id}:0:expiration:complete`]);
  });

  it('removes events in batches, without delaying their publication', async () => {
    const removeEvents = jest.spyOn(collection, 'removeEvents');
    const { things } = start(NEVER);
    const three = [newThing(), newThing(), newThing()];
    await Promise.all(three.map((thing) => things.insert(thing, [eventOf(thing)], new Date())));
    await Promise.all(three.map(({ _id }) => things.update(_id, countUp, new Date())));
    await allPublished();
    expect(publishedIds()).toHaveLength(6);
    expect(removeEvents.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it('keeps events that the bus rejects, and publishes them in order once it accepts them', async () => {
    const { things } = start();
    faulty.fault.refuses = true;
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], LONG_AGO);
    await things.update(thing._id, countUp, LONG_AGO);
    await eventually(
      () => faulty.fault.refusals,
      (refusals) => refusals > 2,
    );
    expect(unpublished()).toHaveLength(2);
    faulty.fault.refuses = false;
    await allPublished();
    expect(faulty.published.map(({ data }) => data.version)).toEqual([0, 1]);
  });

  it('publishes nothing while the bus is down', async () => {
    faulty.fault.connected = false;
    const { things } = start();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], LONG_AGO);
    expect(unpublished()).toHaveLength(1);
    faulty.fault.connected = true;
    await allPublished();
    expect(publishedIds()).toEqual([`${thing._id}:0:expiration:complete`]);
  });

  it('publishes the events of all other documents when more outboxes than one batch are malformed', async () => {
    const outbox = [{ at: LONG_AGO.toISOString() }] as Envelope[];
    for (let count = 0; count < 201; count++) {
      const broken = newThing();
      documents.set(broken._id, { ...broken, changedAt: LONG_AGO.toISOString(), outbox });
    }
    const id = await leaveBehind();
    const { sweeps } = start();
    await eventually(publishedIds, (ids) => ids.includes(`${id}:0:expiration:complete`));
    expect(sweeps.failures()).toHaveLength(201);
    expect(sweeps.failures()[0]?.error).toContain('the outbox is malformed');
  });

  it('publishes the events of a crashed process, even of more documents than one batch of a sweep', async () => {
    const left: string[] = [];
    for (let count = 0; count < 450; count++) left.push(await leaveBehind());
    start();
    await allPublished();
    expect(publishedIds().sort()).toEqual(left.map((id) => `${id}:0:expiration:complete`).sort());
  });

  it('publishes an event once when it is in the outbox many times, even more often than the bus accepts at a time', async () => {
    const thing = newThing();
    const things = aggregate({ collection });
    await things.insert(thing, [], LONG_AGO);
    const again = () => ({ events: Array.from({ length: 3000 }, () => eventOf(thing)) });
    await things.update(thing._id, again, LONG_AGO);
    start();
    await allPublished();
    expect(publishedIds()).toEqual([`${thing._id}:0:expiration:complete`]);
  });

  it('lets only one of several instances publish orphaned events', async () => {
    for (const instance of ['one', 'two', 'three']) start(100, instance);
    const left: string[] = [];
    for (let count = 0; count < 20; count++) left.push(await leaveBehind());
    await allPublished();
    expect(publishedIds().sort()).toEqual(left.map((id) => `${id}:0:expiration:complete`).sort());
  });

  it('does not busy-loop when more than one batch fails to publish', async () => {
    for (let count = 0; count < 250; count++) await leaveBehind();
    const page = jest.spyOn(collection, 'page');
    let refused = 0;
    faulty.bus.publish = () => {
      // Ends a loop that never waits, in which no time limit of a test could fire.
      if (++refused > 1000) faulty.fault.connected = false;
      return Promise.reject(new Error('the bus refuses'));
    };
    await startByHand().sweep();
    expect(refused).toBe(200);
    expect(page).toHaveBeenCalledTimes(1);
  });

  it('removes only the acknowledged event when the same event was emitted again before its removal', async () => {
    const { things } = start(NEVER);
    const release = faulty.hold();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing, 'first')], new Date('2029-01-01T00:00:00.000Z'));
    // Saved by another instance, while the first publication is still in progress.
    const elsewhere = aggregate({ collection });
    const again = () => ({ events: [eventOf(thing, 'second')] });
    await elsewhere.update(thing._id, again, new Date('2029-01-01T00:00:01.000Z'));
    release();
    await eventually(unpublished, ({ length }) => length < 2);
    expect(documents.get(thing._id)?.outbox).toEqual([
      expect.objectContaining({ data: eventOf(thing, 'second').data }),
    ]);
  });

  it('waits for the publications in progress when it is stopped', async () => {
    const { relay, things } = start(NEVER);
    const release = faulty.hold();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], new Date());
    let isStopped = false;
    const stopping = relay.stop().then(() => {
      isStopped = true;
    });
    await eventually(
      () => unpublished().length,
      (count) => count === 1,
    );
    expect(isStopped).toBe(false);
    release();
    await stopping;
    expect(unpublished()).toEqual([]);
  });

  it('publishes nothing once it is stopped', async () => {
    const { relay, things } = start();
    await relay.stop();
    const thing = newThing();
    await things.insert(thing, [eventOf(thing)], LONG_AGO);
    expect(unpublished()).toHaveLength(1);
    expect(faulty.published).toEqual([]);
  });
});

describe('the lease', () => {
  const leaseOf = (instance: string) => createLease(aggregate({ collection: leases }), 'task', instance);

  it('is held by one instance while it renews it', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    for (let round = 0; round < 10; round++)
      expect([await one.acquireOrRenew(), await two.acquireOrRenew()]).toEqual([true, false]);
  });

  it('is acquired by exactly one of many concurrent instances', async () => {
    const candidates = Array.from({ length: 20 }, (_, index) => leaseOf(`instance-${index}`));
    const outcomes = await Promise.all(candidates.map((lease) => lease.acquireOrRenew()));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  it('is taken over after three checks without a heartbeat, not earlier', async () => {
    await leaseOf('crashed').acquireOrRenew();
    const heir = leaseOf('heir');
    const outcomes: boolean[] = [];
    for (let check = 0; check < 5; check++) outcomes.push(await heir.acquireOrRenew());
    expect(outcomes).toEqual([false, false, false, true, true]);
  });

  it('is acquired by another instance at once when it is released', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    await one.acquireOrRenew();
    await two.release();
    expect(await two.acquireOrRenew()).toBe(false);
    await one.release();
    expect(await two.acquireOrRenew()).toBe(true);
    expect(await one.acquireOrRenew()).toBe(false);
  });
});
