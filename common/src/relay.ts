import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import type { Bus } from './bus/bus.ts';
import type { Envelope } from './events.ts';
import { electLeader } from './leader.ts';
import type { Logger } from './logging.ts';
import { eventsPublished } from './metrics.ts';
import { onSaved } from './outbox.ts';
import type { Stored } from './outbox.ts';
import { batched } from './time.ts';

/** An event this old is nobody's work in progress: the process that saved it crashed, or the bus was away. */
const LEFT_OVER_AFTER_MS = 2000;
const BATCH = 200;
/** Said events are removed together so often: nobody waits for it, and one by one it costs the store as much as the change did. */
const REMOVE_EVERY_MS = 100;

/** Events of a document that the bus has acknowledged. */
interface Said {
  id: string;
  events: Envelope[];
}

interface Work {
  /** Resolves when the events have been published, or could not be. */
  said: Promise<unknown>;
  /** Whether they were published and removed. */
  done: Promise<boolean>;
}

export interface Relay {
  /** Stops after the publications under way. What is left unsaid stays in the outboxes. */
  stop(): Promise<void>;
}

/**
 * Publishes what the outboxes of these collections hold and removes each event once the bus has acknowledged it: at
 * least once, and in order for each document while nothing fails. Hears of this process's writes at once; what a crashed
 * process or a time without a bus left over is swept up by one of the service's processes, lest each say it.
 */
export function startRelay({
  connection,
  collections,
  bus,
  instance,
  log,
  sweepEveryMs = 1000,
}: {
  connection: Connection;
  collections: string[];
  bus: Bus;
  /** What no other process of the service is called. */
  instance: string;
  log: Logger;
  sweepEveryMs?: number;
}): Relay {
  const underWay = new Map<string, Work>();
  const leadership = electLeader(connection, 'relay', instance);
  let stopped = false;

  const removals = new Map(
    collections.map((name) => [
      name,
      batched(
        (said: Said[]) => remove(name, said),
        () => delay(REMOVE_EVERY_MS),
      ),
    ]),
  );

  const outboxes = (name: string) => connection.getClient().db(connection.name).collection<Stored>(name);

  async function publish(events: Envelope[]): Promise<void> {
    // All at once: the bus keeps the order of one publisher.
    await Promise.all(events.map((event) => bus.publish(event.name, JSON.stringify(event))));
    eventsPublished.inc(events.length);
  }

  async function remove(collection: string, said: Said[]): Promise<void> {
    await outboxes(collection).bulkWrite(
      said.map(({ id, events }) => ({
        updateOne: {
          filter: { _id: id },
          // With the time, for the same may have been said again meanwhile, under the same id.
          update: {
            $pull: { outbox: { id: { $in: events.map(({ id }) => id) }, at: { $in: events.map(({ at }) => at) } } },
          },
        },
      })),
      { ordered: false },
    );
  }

  /** One publication after another for each document, side by side for different ones. Gives whether it succeeded. */
  function relay(collection: string, id: string, events: Envelope[]): Promise<boolean> {
    const key = `${collection}/${id}`;
    const said = (underWay.get(key)?.said ?? Promise.resolve()).then(() => publish(events));
    const done = said
      .then(() => removals.get(collection)?.({ id, events }))
      .then(
        () => true,
        (error: unknown) => {
          // They stay in the outbox, where the sweep finds them.
          log.debug({ err: error, id }, 'an event could not be published yet');
          return false;
        },
      )
      .finally(() => {
        if (underWay.get(key) === mine) underWay.delete(key);
      });
    const mine = { said: said.catch(() => undefined), done };
    underWay.set(key, mine);
    return done;
  }

  async function sweep(collection: string): Promise<void> {
    for (;;) {
      if (stopped || !bus.connected || !(await leadership.lead())) return;
      const before = new Date(Date.now() - LEFT_OVER_AFTER_MS).toISOString();
      const found = await outboxes(collection)
        .find({ 'outbox.at': { $lt: before } }, { projection: { outbox: 1 }, limit: BATCH })
        .toArray();
      const idle = found.filter(({ _id }) => !underWay.has(`${collection}/${_id}`));
      const published = await Promise.all(idle.map(({ _id, outbox }) => relay(collection, _id, outbox)));
      // What failed would be found again at once.
      if (idle.length < BATCH || published.includes(false)) return;
    }
  }

  let timer: NodeJS.Timeout | undefined;
  async function sweepAll(): Promise<void> {
    try {
      for (const collection of collections) await sweep(collection);
    } catch (error) {
      log.warn({ err: error }, 'the outboxes could not be swept; trying again');
    }
    if (!stopped) timer = setTimeout(next, sweepEveryMs);
  }
  let sweeping = Promise.resolve();
  function next(): void {
    sweeping = sweepAll();
  }

  onSaved(connection, (collection, id, events) => {
    if (!stopped && bus.connected) void relay(collection, id, events);
  });
  next();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
      await Promise.all([...underWay.values()].map(({ done }) => done));
      await leadership.resign().catch((error: unknown) => {
        log.debug({ err: error }, 'the lead is taken over a little later');
      });
    },
  };
}
