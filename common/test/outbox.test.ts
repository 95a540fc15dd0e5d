import { describe, expect, it } from '@jest/globals';
import { withRequestId } from '@ticketing/common';
import { change, insert } from '@ticketing/common/mongo';
import type { State } from '@ticketing/common/mongo';
import { countUp, newThing, sayOf, thingsInStore } from './things.ts';
import type { Thing } from './things.ts';

const { things } = await thingsInStore();

const at = new Date('2029-01-01T00:00:00.000Z');
const stored = (id: string) => things.findById(id).lean<Thing>().exec();

async function inserted(changes: Partial<State<Thing>> = {}): Promise<State<Thing>> {
  const thing = newThing(changes);
  await insert(things, thing, [], at);
  return thing;
}

describe('insert', () => {
  it('writes the document with its events', async () => {
    const thing = newThing();
    expect(await insert(things, thing, [sayOf(thing)], at)).toBe(true);
    expect(await stored(thing._id)).toEqual({
      ...thing,
      changedAt: at.toISOString(),
      outbox: [{ id: `${thing._id}:0:expiration:complete`, at: at.toISOString(), ...sayOf(thing) }],
    });
  });

  it('refuses an id that is taken, and leaves what is there with its events', async () => {
    const thing = newThing({ note: 'first' });
    await insert(things, thing, [sayOf(thing)], at);
    const before = await stored(thing._id);
    expect(await insert(things, { ...thing, note: 'second' }, [sayOf(thing)], at)).toBe(false);
    expect(await stored(thing._id)).toEqual(before);
  });

  it('lets exactly one of twenty have an id', async () => {
    const thing = newThing();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, count) => insert(things, { ...thing, count }, [sayOf(thing)], at)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await stored(thing._id))?.outbox).toHaveLength(1);
  });

  it('puts the id of the request that caused them into the events', async () => {
    const thing = newThing();
    await withRequestId('request-1', () => insert(things, thing, [sayOf(thing)], at));
    expect((await stored(thing._id))?.outbox).toMatchObject([{ requestId: 'request-1' }]);
  });
});

describe('change', () => {
  it('moves the document one version on, with its events, and gives the new state', async () => {
    const { _id } = await inserted();
    const later = new Date('2029-01-02T00:00:00.000Z');
    const after = await change(things, _id, countUp, later);
    expect(after).toEqual({ _id, version: 1, count: 1 });
    expect(await stored(_id)).toEqual({
      ...after,
      changedAt: later.toISOString(),
      outbox: [expect.objectContaining({ id: `${_id}:1:expiration:complete` })],
    });
  });

  it('loses none of twenty changes at once', async () => {
    const { _id } = await inserted();
    let decisions = 0;
    const count = (thing: State<Thing>) => {
      decisions++;
      return countUp(thing);
    };
    await Promise.all(Array.from({ length: 20 }, () => change(things, _id, count, at)));
    // Some were overtaken and had to decide again on what the others had made of it.
    expect(decisions).toBeGreaterThan(20);
    const after = await stored(_id);
    expect(after).toMatchObject({ version: 20, count: 20 });
    expect(after?.outbox.map(({ id }) => Number(id.split(':')[1]))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('decides on what the store holds, where another process has been since', async () => {
    const { _id } = await inserted();
    const elsewhere = (changes: object) => things.updateOne({ _id }, { $inc: { version: 1 }, $set: changes });
    await elsewhere({ count: 7 });
    expect(await change(things, _id, countUp, at)).toEqual({ _id, version: 2, count: 8 });

    await elsewhere({ note: 'closed' });
    expect(await change(things, _id, () => undefined, at)).toMatchObject({ version: 3, note: 'closed' });

    const countUpToEight = (thing: State<Thing>) => {
      if (thing.count >= 8) throw new Error('enough');
      return countUp(thing);
    };
    await elsewhere({ count: 0 });
    expect(await change(things, _id, countUpToEight, at)).toMatchObject({ version: 5, count: 1 });
  });

  it('writes nothing when nothing is decided', async () => {
    const { _id } = await inserted();
    await change(things, _id, countUp, at);
    const before = await stored(_id);
    expect(await change(things, _id, () => undefined, at)).toEqual({ _id, version: 1, count: 1 });
    expect(await stored(_id)).toEqual(before);
  });

  it('says an event without a change of state at the version that is there', async () => {
    const { _id } = await inserted({ count: 7 });
    const later = new Date('2029-01-02T00:00:00.000Z');
    const after = await change(things, _id, (thing) => ({ say: [sayOf(thing)] }), later);
    expect(after).toEqual({ _id, version: 0, count: 7 });
    const changedAt = at.toISOString();
    expect(await stored(_id)).toMatchObject({
      version: 0,
      changedAt,
      count: 7,
      outbox: [{ id: `${_id}:0:expiration:complete` }],
    });
  });

  it('removes fields that are no longer there', async () => {
    const { _id } = await inserted({ note: 'remove me' });
    await change(things, _id, (thing) => ({ next: { ...thing, note: undefined, version: 1 }, say: [] }), at);
    expect(await stored(_id)).toEqual({ _id, version: 1, changedAt: at.toISOString(), count: 0, outbox: [] });
  });

  it('keeps the events that are still unsaid', async () => {
    const { _id } = await inserted();
    for (let round = 0; round < 3; round++) await change(things, _id, countUp, at);
    expect((await stored(_id))?.outbox).toHaveLength(3);
  });

  it('answers null for what is not there', async () => {
    expect(await change(things, newThing()._id, countUp, at)).toBeNull();
  });

  it('passes on what the decision throws, and writes nothing', async () => {
    const { _id } = await inserted();
    const refuse = () => {
      throw new Error('refused');
    };
    await expect(change(things, _id, refuse, at)).rejects.toThrow('refused');
    expect(await stored(_id)).toMatchObject({ version: 0, outbox: [] });
  });
});
