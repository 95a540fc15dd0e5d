import { setTimeout as delay } from 'node:timers/promises';
import { batched } from '../batch.ts';
import type { Bus } from '../bus/bus.ts';
import type { Envelope } from '../events.ts';
import type { Logger } from '../logging.ts';
import { eventsPublished } from '../metrics.ts';
import { every as everyInterval } from '../time.ts';
import type { Collection, PublishedEvents, Stored } from './collection.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import type { Lease } from './lease.ts';

/** Events older than this are orphaned: their process crashed, or the bus was down. */
const ORPHANED_AFTER_MS = 2000;
const BATCH = 200;
/** The largest number of messages published at a time: the bus client rejects more than 16,384 unacknowledged ones. */
const MAX_CONCURRENT_MESSAGES = 1000;
/** Published events are removed in batches at this interval: removing them singly would double the writes. */
const REMOVE_EVERY_MS = 100;

/** The part of a collection that the relay uses. */
export type Outboxes = Pick<Collection<Stored>, 'page' | 'removeEvents'>;

export interface Relay {
  /** Publishes events that were just saved. */
  notify: (id: string, events: Envelope[]) => void;
  /** Waits for the publications in progress and stops. Unpublished events stay in the outboxes. */
  stop(): Promise<void>;
}

/**
 * Publishes what the outboxes of a collection hold and removes each event once the bus has acknowledged it: at least
 * once, and in order for each document while nothing fails. This instance's events are published as soon as they are saved;
 * orphaned ones are swept up by the instance that has the lease.
 */
export function startRelay({
  outboxes,
  lease,
  bus,
  log,
  every = everyInterval,
  sweepEveryMs = 1000,
}: {
  outboxes: Outboxes;
  lease: Lease;
  bus: Bus;
  log: Logger;
  every?: typeof everyInterval;
  sweepEveryMs?: number;
}): Relay {
  const publishing = createKeyedQueue();
  const removing = new Set<Promise<unknown>>();
  let stopped = false;

  const remove = batched(
    (published: PublishedEvents[]) => outboxes.removeEvents(published),
    () => delay(REMOVE_EVERY_MS),
  );

  /** Publishes events of one document after its earlier ones, then removes them. Resolves to whether they were published. */
  async function relay(id: string, events: Envelope[]): Promise<boolean> {
    try {
      await publishing.run(id, () => publish(bus, events));
    } catch (error) {
      // The events stay in the outbox, and the sweep publishes them.
      log.debug({ err: error, id }, 'an event could not be published yet');
      return false;
    }
    const removal = remove({ id, events })
      .catch((error: unknown) => {
        log.debug({ err: error, id }, 'published events could not be removed; they are published again');
      })
      .finally(() => removing.delete(removal));
    removing.add(removal);
    await removal;
    return true;
  }

  async function sweep(): Promise<void> {
    while (!stopped && bus.connected && (await lease.acquireOrRenew())) {
      const before = new Date(Date.now() - ORPHANED_AFTER_MS).toISOString();
      const found = await outboxes.page({ 'outbox.at': { $lt: before } }, BATCH);
      const idle = found.filter(({ _id }) => !publishing.has(_id));
      const published = await Promise.all(idle.map(({ _id, outbox }) => relay(_id, outbox)));
      // Events that failed would be found again at once, in a busy loop.
      if (idle.length < BATCH || published.includes(false)) return;
    }
  }

  const sweeping = every(sweepEveryMs, sweep, log, 'the outboxes could not be swept; trying again');

  return {
    notify(id, events) {
      if (!stopped && bus.connected) void relay(id, events);
    },
    async stop() {
      stopped = true;
      await sweeping.stop();
      await publishing.whenIdle();
      await Promise.all(removing);
      await lease.release().catch((error: unknown) => {
        log.debug({ err: error }, 'the lease could not be released; another instance takes it over a little later');
      });
    },
  };
}

/** Publishes each event once, all without waiting for one another: the bus keeps the order of one publisher. */
async function publish(bus: Bus, events: Envelope[]): Promise<void> {
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  for (let from = 0; from < distinct.length; from += MAX_CONCURRENT_MESSAGES) {
    const some = distinct.slice(from, from + MAX_CONCURRENT_MESSAGES);
    await Promise.all(some.map((event) => bus.publish(event.name, JSON.stringify(event))));
    eventsPublished.inc(some.length);
  }
}
