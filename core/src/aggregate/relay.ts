import { z } from 'zod';
import { envelope } from '@ticketing/common';
import type { Envelope } from '@ticketing/common';
import { describeIssues, every as everyInterval, traced } from '@ticketing/runtime';
import type { Logger, StoreGauge } from '@ticketing/runtime';
import { messageId } from '../bus/bus.ts';
import type { Bus } from '../bus/bus.ts';
import { outboxAge, outboxDocuments } from '../metrics.ts';
import type { Publisher } from './aggregate.ts';
import type { Collection, Stored } from './collection.ts';
import type { Lease } from './lease.ts';
import type { Sweeps } from './sweeps.ts';

/** Events older than this are orphaned: their process crashed, or the bus was down. */
const ORPHANED_AFTER_MS = 3000;
const BATCH = 200;
/** The largest number of messages published at a time: the bus client rejects more than 16,384 unacknowledged ones. */
const MAX_CONCURRENT_MESSAGES = 1000;
/**
 * The next change of a document removes its published events, in the same write. Only events that stay longer than this
 * are removed by a write of their own, in batches.
 */
const REMOVE_AFTER_MS = 1000;
const REMOVE_EVERY_MS = 250;

const SWEEP = 'outboxes';
const outboxShape = z.array(envelope);

/** The part of a collection that the relay uses. */
export type Outboxes = Pick<Collection<Stored>, 'page' | 'removeEvents' | 'count' | 'first'>;

export interface Relay extends Publisher {
  /** Waits for the publications in progress and stops. Unpublished events stay in the outboxes. */
  stop(): Promise<void>;
}

/**
 * Publishes what the outboxes of a collection hold, and has each event removed once the bus has acknowledged it: at least
 * once, and in order for each document while nothing fails. This instance's events are published as soon as they are saved;
 * orphaned ones are swept up by the instance that has the lease, which skips outboxes that are malformed.
 */
export function startRelay({
  outboxes,
  lease,
  bus,
  log,
  sweeps,
  every = everyInterval,
  sweepEveryMs = 1000,
}: {
  outboxes: Outboxes;
  lease: Lease;
  bus: Bus;
  log: Logger;
  sweeps: Sweeps;
  every?: typeof everyInterval;
  sweepEveryMs?: number;
}): Relay {
  /** The publications in progress, and the document of each. */
  const publishing = new Map<Promise<unknown>, string>();
  /** The events that are published and still in the outbox of their document, and when the first of them was published. */
  const published = new Map<string, { events: Envelope[]; at: number }>();
  let stopped = false;

  /** Publishes events of one document. Resolves to whether they were published. */
  async function relay(id: string, events: Envelope[]): Promise<boolean> {
    const publication = publish(bus, events);
    publishing.set(publication, id);
    try {
      await publication;
    } catch (error) {
      // The events stay in the outbox, and the sweep publishes them.
      log.debug({ err: error, id }, 'an event could not be published yet');
      return false;
    } finally {
      publishing.delete(publication);
    }
    const at = published.get(id)?.at ?? Date.now();
    published.set(id, { events: [...publishedOf(id), ...events], at });
    return true;
  }

  const publishedOf = (id: string): Envelope[] => published.get(id)?.events ?? [];

  function removed(id: string, events: Envelope[]): void {
    const left = publishedOf(id).filter((event) => !events.includes(event));
    if (left.length > 0) published.set(id, { events: left, at: published.get(id)?.at ?? 0 });
    else published.delete(id);
  }

  /** Removes the events of documents that have not changed since the events were published. */
  async function remove(afterMs: number): Promise<void> {
    const before = Date.now() - afterMs;
    const remaining = [...published].filter(([, { at }]) => at <= before).map(([id, { events }]) => ({ id, events }));
    if (remaining.length === 0) return;
    await outboxes.removeEvents(remaining);
    for (const { id, events } of remaining) removed(id, events);
  }

  async function sweep(): Promise<void> {
    while (!stopped && bus.connected) {
      const before = new Date(Date.now() - ORPHANED_AFTER_MS).toISOString();
      const filter = { 'outbox.at': { $lt: before }, ...sweeps.notSkipped(SWEEP) };
      const found = await outboxes.page(filter, BATCH);
      const inProgress = new Set(publishing.values());
      const waiting = found.filter(({ _id }) => !inProgress.has(_id) && !published.has(_id));
      if (waiting.length === 0 || !(await lease.acquireOrRenew())) return;
      const orphaned = waiting.filter(isPublishable);
      const outcomes = await Promise.all(orphaned.map(({ _id, outbox }) => relay(_id, outbox)));
      await remove(0);
      // Events that failed would be found again at once, in a busy loop.
      if (found.length < BATCH || outcomes.includes(false)) return;
    }
  }

  /** Whether an outbox holds events only; if not, it is skipped and the failure recorded. */
  function isPublishable({ _id, outbox }: Stored): boolean {
    const parsed = outboxShape.safeParse(outbox);
    if (!parsed.success)
      sweeps.failed(SWEEP, _id, new Error(`the outbox is malformed: ${describeIssues(parsed.error)}`));
    return parsed.success;
  }

  const sweeping = every(sweepEveryMs, sweep, log, 'the outboxes could not be swept; trying again');
  const removing = every(
    REMOVE_EVERY_MS,
    () => remove(REMOVE_AFTER_MS),
    log,
    'published events could not be removed from the outboxes; trying again',
  );

  return {
    published: publishedOf,
    saved(id, added, removedEvents) {
      removed(id, removedEvents);
      if (added.length > 0 && !stopped && bus.connected) void relay(id, added);
    },
    async stop() {
      stopped = true;
      await Promise.all([sweeping.stop(), removing.stop()]);
      await Promise.allSettled(publishing.keys());
      await remove(0).catch((error: unknown) => {
        log.debug({ err: error }, 'published events could not be removed; they are published again');
      });
      await lease.release().catch((error: unknown) => {
        log.debug({ err: error }, 'the lease could not be released; another instance takes it over a little later');
      });
    },
  };
}

/** The gauges of a collection's outboxes. */
export const outboxGauges = (outboxes: Outboxes): StoreGauge[] => [
  {
    gauge: outboxDocuments,
    read: () => outboxes.count({ 'outbox.at': { $lt: new Date(Date.now() - ORPHANED_AFTER_MS).toISOString() } }, 1000),
  },
  {
    gauge: outboxAge,
    async read() {
      const { outbox = [] } = (await outboxes.first('outbox.at')) ?? {};
      const times = outbox.map(({ at }) => Date.parse(at));
      return times.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...times)) / 1000;
    },
  },
];

const publishOne = (bus: Bus, event: Envelope): Promise<void> =>
  traced(`publish ${event.name}`, { kind: 'producer', parent: event.traceparent }, () =>
    bus.publish(event.name, JSON.stringify(event), messageId(event)),
  );

/** Publishes each event once, all without waiting for one another: the bus keeps the order of one publisher. */
async function publish(bus: Bus, events: Envelope[]): Promise<void> {
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  for (let from = 0; from < distinct.length; from += MAX_CONCURRENT_MESSAGES) {
    const some = distinct.slice(from, from + MAX_CONCURRENT_MESSAGES);
    await Promise.all(some.map((event) => publishOne(bus, event)));
  }
}
