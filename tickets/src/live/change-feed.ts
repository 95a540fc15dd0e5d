// The changes of tickets, for those who watch them.
//
// A change that this instance saves is announced at once. Those of other instances are found in the store, by the index of the times of
// change: one query each `pollMs`, and only while there are watchers. Not a change stream, which a single MongoDB does not have.
//
// Trade-off: clocks of instances differ and a write takes time, so each query looks back by `OVERLAP_MS`, and what has been announced is
// not announced again. A change that is in the store later than that is missed by those who watch another instance.
import type { TicketChange } from '@ticketing/common/shapes';
import { coalesced } from '@ticketing/core';
import type { Changed } from '@ticketing/core';
import type { Logger } from '@ticketing/runtime';
import { LRUCache } from 'lru-cache';

/** The tickets that have changed after a position, in the order of their changes. */
export type ReadChanges = (after: Changed, limit: number) => Promise<(TicketChange & { changedAt: string })[]>;

/** Gets the changes. */
export interface Watcher {
  /** `position`: all changes before it have been announced. */
  changed: (changes: TicketChange[], position: number) => void;
  /** Too many changes were missed to announce them one by one. */
  missed: (position: number) => void;
  /** The feed is closed. */
  closed: () => void;
}

export interface ChangeFeed {
  /** Announces a change that this instance has saved. */
  saved: (change: TicketChange) => void;
  /** Announces changes to a watcher from now on, until the returned function is called. */
  watch: (watcher: Watcher) => () => void;
  /** All changes before this instant, in milliseconds, have been announced. */
  position: () => number;
  /** The changes since a position, each ticket once; undefined when there are too many. Throws what the store throws. */
  since: (position: number) => Promise<TicketChange[] | undefined>;
  isClosed: () => boolean;
  /** Tells all watchers that it is closed. */
  close: () => void;
}

const OVERLAP_MS = 3000;
const BATCH = 500;
/** After the store was down there may be any number of changes to catch up on. */
const MAX_MISSED = 5000;
/** More than can be announced within the overlap. */
const MAX_ANNOUNCED = 20_000;

/** Creates a feed that reads the changes of other instances by `read`. */
export function changeFeed({
  read,
  now,
  log,
  pollMs = 300,
  flushMs = 200,
}: {
  read: ReadChanges;
  now: () => Date;
  log: Logger;
  pollMs?: number;
  /** Watchers get changes no more often than this: each costs a write to each of them. */
  flushMs?: number;
}): ChangeFeed {
  const watchers = new Set<Watcher>();
  /** The version that was announced last, by ticket. */
  const announced = new LRUCache<string, number>({ max: MAX_ANNOUNCED });
  const waiting = new Map<string, TicketChange>();
  let position = 0;
  let polling: NodeJS.Timeout | undefined;
  let flushing: NodeJS.Timeout | undefined;
  let flushedAt = -Infinity;
  let hasFailed = false;
  let isClosed = false;

  function announce({ id, version, status }: TicketChange): void {
    if (watchers.size === 0 || version <= (announced.get(id) ?? -1)) return;
    announced.set(id, version);
    waiting.set(id, { id, version, status });
    flushing ??= setTimeout(flush, Math.max(0, flushedAt + flushMs - performance.now()));
  }

  function flush(): void {
    flushing = undefined;
    flushedAt = performance.now();
    const changes = [...waiting.values()];
    waiting.clear();
    for (const watcher of watchers) watcher.changed(changes, position);
  }

  /** The changes since then, oldest first; more than `limit` when there are more. */
  async function changesSince(instant: number, limit: number): Promise<TicketChange[]> {
    const found: TicketChange[] = [];
    for (let after: Changed = { changedAt: new Date(instant - OVERLAP_MS).toISOString(), _id: '' }; ;) {
      const page = await read(after, BATCH);
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < BATCH || found.length > limit) return found;
      after = { changedAt: last.changedAt, _id: last.id };
    }
  }

  async function poll(): Promise<void> {
    try {
      const startedAt = now().getTime();
      const found = await changesSince(position, MAX_MISSED);
      position = startedAt;
      if (found.length > MAX_MISSED) for (const watcher of watchers) watcher.missed(position);
      else for (const change of found) announce(change);
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) log.warn({ err: error }, 'the changes of tickets could not be read; trying again');
      hasFailed = true;
    }
    pollLater();
  }

  function pollLater(): void {
    polling = watchers.size === 0 ? undefined : setTimeout(() => void poll(), pollMs).unref();
  }

  // Many come back at once when an instance restarts.
  const since = coalesced(async (key) => {
    const found = await changesSince(Number(key), BATCH);
    return found.length > BATCH
      ? undefined
      : [...new Map(found.map(({ id, version, status }) => [id, { id, version, status }])).values()];
  });

  return {
    saved: announce,
    watch(watcher) {
      if (watchers.size === 0) {
        position = now().getTime();
        announced.clear();
      }
      watchers.add(watcher);
      if (polling === undefined) pollLater();
      return () => {
        watchers.delete(watcher);
      };
    },
    position: () => position,
    since: (instant) => since(String(Math.floor(instant / 1000) * 1000)),
    isClosed: () => isClosed,
    close() {
      isClosed = true;
      clearTimeout(polling);
      clearTimeout(flushing);
      for (const watcher of watchers) watcher.closed();
      watchers.clear();
    },
  };
}
