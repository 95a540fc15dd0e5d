import { HttpError } from '@ticketing/common';
import { describeError, isUnreachable } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import { sweepFailures } from '../metrics.ts';
import type { Filter } from './collection.ts';

/** A document that a sweep could not handle. */
export interface SweepFailure {
  sweep: string;
  id: string;
  error: string;
  /** How many times in a row it could not be handled. */
  times: number;
  firstAt: string;
  lastAt: string;
  /** The sweep skips the document until then. */
  nextAt: string;
}

/** The sweeps of one service: periodic work on all documents that match a filter, each handled by itself. */
export interface Sweeps {
  /**
   * Handles each document that matches the filter. One that can't be handled is counted, logged, and skipped for 10 s to
   * 10 min; the others go on. Throws, when all have been tried, if the store was unavailable for one.
   */
  run(
    sweep: string,
    documents: { ids(filter: Filter): Promise<string[]> },
    filter: Filter,
    handle: (id: string) => Promise<unknown>,
  ): Promise<void>;
  /** The part of a filter that leaves out the documents which a sweep skips now. */
  notSkipped(sweep: string): Filter;
  /** Records that a sweep could not handle a document. */
  failed(sweep: string, id: string, error: unknown): void;
  /** The documents that could not be handled, the latest first. */
  failures(): SweepFailure[];
}

const FIRST_SKIP_MS = 10_000;
const LONGEST_SKIP_MS = 600_000;
const OVER_MS = 60_000;
/** More are not remembered, so that a filter which leaves them out stays small. */
const MAX_FAILURES = 1000;

/** Creates the sweeps of a service, without any failure. */
export function createSweeps(log: Logger): Sweeps {
  const failing = new Map<string, SweepFailure>();
  const keyOf = (sweep: string, id: string) => `${sweep} ${id}`;

  function failed(sweep: string, id: string, error: unknown): void {
    const key = keyOf(sweep, id);
    const before = failing.get(key);
    const times = (before?.times ?? 0) + 1;
    const now = Date.now();
    const lastAt = new Date(now).toISOString();
    const skipMs = Math.min(LONGEST_SKIP_MS, FIRST_SKIP_MS * 2 ** Math.min(times - 1, 10));
    const nextAt = new Date(now + skipMs).toISOString();
    failing.delete(key);
    failing.set(key, {
      ...{ sweep, id, error: describeError(error), times },
      ...{ firstAt: before?.firstAt ?? lastAt, lastAt, nextAt },
    });
    const [oldest] = failing.keys();
    if (failing.size > MAX_FAILURES && oldest !== undefined) failing.delete(oldest);
    sweepFailures.inc({ sweep });
    log.error(
      { err: error, sweep, id, times, nextAt },
      'a sweep could not handle a document; it goes on with the others',
    );
  }

  function notSkipped(sweep: string): Filter {
    const now = new Date().toISOString();
    const skipped = [...failing.values()].filter((one) => one.sweep === sweep && one.nextAt > now).map(({ id }) => id);
    return skipped.length > 0 ? { _id: { $nin: skipped } } : {};
  }

  return {
    failed,
    notSkipped,
    failures() {
      // A document that was repaired is not tried again by every sweep: what is long past its next try is over.
      const since = new Date(Date.now() - OVER_MS).toISOString();
      return [...failing.values()].filter(({ nextAt }) => nextAt > since).reverse();
    },
    async run(sweep, documents, filter, handle) {
      // A counter that appears with its first failure has not increased.
      sweepFailures.inc({ sweep }, 0);
      const ids = await documents.ids({ ...filter, ...notSkipped(sweep) });
      const unavailable: Error[] = [];
      await Promise.all(
        ids.map(async (id) => {
          try {
            await handle(id);
            failing.delete(keyOf(sweep, id));
          } catch (error) {
            if (isUnreachable(error) || (error instanceof HttpError && error.status === 503))
              unavailable.push(error as Error);
            else failed(sweep, id, error);
          }
        }),
      );
      if (unavailable[0]) throw unavailable[0];
    },
  };
}
