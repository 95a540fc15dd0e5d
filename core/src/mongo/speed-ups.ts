import type { Model } from 'mongoose';
import { z } from 'zod';
import { aggregate } from '../aggregate/aggregate.ts';
import type { Aggregate, AggregateOptions } from '../aggregate/aggregate.ts';
import { coalescedReads } from '../aggregate/coalesced-reads.ts';
import type { Collection, Stored } from '../aggregate/collection.ts';
import { lastKnownState } from '../aggregate/last-known-state.ts';
import { tracedCollection } from '../aggregate/traced-collection.ts';
import { batchedWrites } from './batched-writes.ts';
import { mongooseCollection } from './mongoose-collection.ts';

/** What may stand before the plain path, each explained in its file. Taking one out here, or by the setting, changes nothing but speed. */
export const speedUps = ['batched-writes', 'coalesced-reads', 'last-known-state'] as const;
export type SpeedUp = (typeof speedUps)[number];

const isSpeedUp = (text: string): text is SpeedUp => (speedUps as readonly string[]).includes(text);

/** SPEED_UPS: `all`, `none`, or some of them, separated by commas. */
export const speedUpSettings = {
  SPEED_UPS: z
    .string()
    .default('all')
    .transform((text) => (text === 'all' ? [...speedUps] : text === 'none' ? [] : text.split(',')))
    .refine(
      (chosen): chosen is SpeedUp[] => chosen.every(isSpeedUp),
      `must be all, none, or some of ${speedUps.join(', ')}, separated by commas`,
    ),
};

/** The collection of a model, with the chosen speed-ups for collections. */
export function collectionOf<D extends Stored>(model: Model<D>, chosen: readonly SpeedUp[] = speedUps): Collection<D> {
  let collection = mongooseCollection(model);
  if (chosen.includes('batched-writes')) collection = batchedWrites(collection, model);
  if (chosen.includes('coalesced-reads')) collection = coalescedReads(collection);
  return tracedCollection(collection, model.collection.name);
}

/** An aggregate, with the chosen speed-ups for aggregates. */
export function aggregateOf<D extends Stored>(
  options: AggregateOptions<D>,
  chosen: readonly SpeedUp[] = speedUps,
): Aggregate<D> {
  const plain = aggregate(options);
  return chosen.includes('last-known-state') ? lastKnownState(plain) : plain;
}
