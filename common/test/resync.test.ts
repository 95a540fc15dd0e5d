import { describe, expect, it } from '@jest/globals';
import { insert, sayAgain, sayAsTheyAre } from '@ticketing/common/mongo';
import type { State } from '@ticketing/common/mongo';
import { newThing, sayOf, thingsInStore } from './things.ts';
import type { Thing } from './things.ts';

const { things } = await thingsInStore();

const day = (number: number) => new Date(Date.UTC(2029, 0, number));
const say = (thing: State<Thing>) => [sayOf(thing)];

describe('saying again', () => {
  it('says where each document stands that has changed since then, and leaves its state alone', async () => {
    const [older, newer] = [newThing({ version: 3 }), newThing({ version: 5 })];
    await insert(things, older, [], day(1));
    await insert(things, newer, [], day(3));
    expect(await sayAgain(things, day(2), say, day(9))).toBe(1);
    expect(await things.findById(older._id).lean().exec()).toMatchObject({ outbox: [] });
    expect(await things.findById(newer._id).lean().exec()).toMatchObject({
      version: 5,
      changedAt: day(3).toISOString(),
      outbox: [{ id: `${newer._id}:5:expiration:complete` }],
    });
  });

  it('says nothing of a document that moves on meanwhile, for it says so itself', async () => {
    const thing = newThing({ version: 3 });
    await insert(things, thing, [], day(5));
    const moved = { ...thing, version: 4 };
    await sayAsTheyAre(things, [moved], say, day(9));
    expect(await things.findById(thing._id).lean().exec()).toMatchObject({ version: 3, outbox: [] });
  });

  it('reaches all of more than one batch, each once', async () => {
    await things.deleteMany({});
    const many = Array.from({ length: 450 }, () => newThing());
    await Promise.all(many.map((thing) => insert(things, thing, [], day(4))));
    expect(await sayAgain(things, day(4), say, day(9))).toBe(450);
    const outboxes = await things.find().select('outbox').lean().exec();
    expect(outboxes.map(({ outbox }) => outbox.length)).toEqual(many.map(() => 1));
  });
});
