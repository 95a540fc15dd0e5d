import { trusted } from 'mongoose';
import type { Model } from 'mongoose';
import type { Fact } from './events.ts';
import { sayAsTheyAre } from './outbox.ts';
import type { State, Stored } from './outbox.ts';

const BATCH = 200;

/**
 * Says again where each document stands that has changed since then: for a bus that lost its data, or for a new hearer.
 * Whoever has heard it before ignores it. Gives how many documents that were.
 */
export async function sayAgain<D extends Stored>(
  model: Model<D>,
  since: Date,
  restate: (state: State<D>) => Fact[],
  at: Date,
): Promise<number> {
  let count = 0;
  for (let last = ''; ;) {
    const page = await model
      .find({ _id: trusted({ $gt: last }), changedAt: trusted({ $gte: since.toISOString() }) } as object)
      .sort({ _id: 1 })
      .limit(BATCH)
      .select('-outbox -changedAt')
      .lean<State<D>[]>()
      .exec();
    await sayAsTheyAre(model, page, restate, at);
    count += page.length;
    const end = page.at(-1);
    if (end === undefined || page.length < BATCH) return count;
    last = end._id;
  }
}
