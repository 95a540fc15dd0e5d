import type { Model } from 'mongoose';
import { aggregate } from '../aggregate/aggregate.ts';
import type { Aggregate, AggregateOptions } from '../aggregate/aggregate.ts';
import { coalescedReads } from '../aggregate/coalesced-reads.ts';
import type { Collection, Stored } from '../aggregate/collection.ts';
import { lastKnownState } from '../aggregate/last-known-state.ts';
import { batchedWrites } from './batched-writes.ts';
import { mongooseCollection } from './mongoose-collection.ts';

/** The optional decorators around the plain path. Each can be left out of `chosen`. */
export const speedUps = ['batched-writes', 'coalesced-reads', 'last-known-state'] as const;
export type SpeedUp = (typeof speedUps)[number];

/** Creates the collection of a model with its speed-ups. */
export function collectionOf<D extends Stored>(model: Model<D>, chosen: readonly SpeedUp[] = speedUps): Collection<D> {
  let collection = mongooseCollection(model);
  if (chosen.includes('batched-writes')) collection = batchedWrites(collection, model);
  if (chosen.includes('coalesced-reads')) collection = coalescedReads(collection);
  return collection;
}

/** Creates an aggregate with its speed-ups. */
export function aggregateOf<D extends Stored>(
  options: AggregateOptions<D>,
  chosen: readonly SpeedUp[] = speedUps,
): Aggregate<D> {
  const plain = aggregate(options);
  return chosen.includes('last-known-state') ? lastKnownState(plain) : plain;
}
