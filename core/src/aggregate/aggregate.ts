import { toEnvelope, unavailable } from '@ticketing/common';
import type { DomainEvent, Envelope } from '@ticketing/common';
import { isUnreachable } from '@ticketing/runtime';
import { stateOf } from './collection.ts';
import type { Changed, Collection, Filter, State, Stored } from './collection.ts';
import { createWaiters } from './waiters.ts';

/**
 * What a pure decision results in: the next state (absent: no change) and the events to publish. With neither, nothing is saved: the
 * caller acts on the state, which may be out of date then.
 */
export interface Decision<D extends Stored> {
  next?: State<D>;
  events: DomainEvent[];
}

/** A pure decision on a state; undefined when there is nothing to save. It may run more than once. */
export type Decide<D extends Stored> = (state: State<D>) => Decision<D> | undefined;

/** Documents that change by decisions. Each change is saved together with its events. */
export interface Aggregate<D extends Stored> {
  find(id: string): Promise<State<D> | null>;
  /** Inserts a new document with its events. Resolves to false, with nothing written, when the id is taken. */
  insert(state: State<D>, events: DomainEvent[], at: Date): Promise<boolean>;
  /**
   * Loads the document, decides, and saves; starts again when the document has changed since it was loaded. Resolves to the new
   * state and the decision that led to it, or to null when there is no such document. Throws what `decide` throws, a
   * DuplicateKeyError as the collection does, and a 503 after a hundred lost races.
   */
  update(id: string, decide: Decide<D>, at: Date): Promise<Updated<D> | null>;
  /**
   * Saves a decision on this state. Resolves to false, with nothing written, when the document has changed since, or its outbox has
   * an event that this instance has not published, beside some that it has.
   */
  save(state: State<D>, decision: Decision<D>, at: Date): Promise<boolean>;
  /**
   * Waits up to `limitMs` until the document is ready. Resolves to its state then. There is no such document while it is null. `known`: its
   * state, which then is not read at first.
   */
  waitUntil(
    id: string,
    isReady: (state: State<D> | null) => boolean,
    limitMs: number,
    known?: State<D>,
  ): Promise<State<D> | null>;
  /** Up to `limit` documents that match a filter. */
  matching(filter: Filter, limit: number): Promise<State<D>[]>;
  /** The ids of up to 200 documents that match a filter. */
  ids(filter: Filter): Promise<string[]>;
  /**
   * Emits the current-state events of each document that has changed since then and has any. Resolves to the number of these
   * documents, and to those whose events could not be made: the others go on.
   */
  republish(since: Date, currentStateEvents: (state: State<D>) => DomainEvent[], at: Date): Promise<Republished>;
}

/** The outcome of a resync. */
export interface Republished {
  count: number;
  failed: { id: string; error: unknown }[];
}

export interface Updated<D extends Stored> {
  before: State<D>;
  state: State<D>;
  decision: Decision<D> | undefined;
}

/** Publishes the events that an aggregate saves. */
export interface Publisher {
  /** The events of a document that are published and still in its outbox. Its next change removes them. */
  published(id: string): Envelope[];
  /** Called after each write to a document, with the events that it has added to the outbox and removed from it. */
  saved(id: string, added: Envelope[], removed: Envelope[]): void;
}

export interface AggregateOptions<D extends Stored> {
  collection: Collection<D>;
  publisher?: Publisher;
}

/** Optimistic-concurrency retries before giving up. */
const MAX_ATTEMPTS = 100;
const BATCH = 200;
const MAX_CLOCK_SKEW_MS = 60_000;

/** Creates an aggregate over a collection. */
export function aggregate<D extends Stored>({ collection, publisher }: AggregateOptions<D>): Aggregate<D> {
  const waiters = createWaiters<State<D> | null>();

  function saved(state: State<D>, added: Envelope[], removed: Envelope[] = []): void {
    waiters.saved(state._id, state);
    publisher?.saved(state._id, added, removed);
  }

  async function insert(state: State<D>, events: DomainEvent[], at: Date): Promise<boolean> {
    const outbox = events.map((event) => toEnvelope(event, at));
    const isInserted = await collection.insert({ ...state, changedAt: at.toISOString(), outbox } as D);
    if (isInserted) saved(state, outbox);
    return isInserted;
  }

  async function save(state: State<D>, { next, events }: Decision<D>, at: Date, attempt = 0) {
    if (next === undefined && events.length === 0) return true;
    const { _id: id, version } = state;
    const outbox = events.map((event) => toEnvelope(event, at));
    // Only at the first attempt: it fails when the outbox has other events too.
    const published = next && attempt === 0 ? (publisher?.published(id) ?? []) : [];
    const isSaved = await collection.updateIf(id, version, {
      ...(next && { next, changedAt: at.toISOString() }),
      ...(published.length > 0 && { published }),
      events: outbox,
    });
    if (isSaved) saved(next ?? state, outbox, published);
    return isSaved;
  }

  async function update(id: string, decide: Decide<D>, at: Date): Promise<Updated<D> | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const before = await collection.find(id);
      if (before === null) return null;
      const decision = decide(before);
      if (decision === undefined) return { before, state: before, decision };
      if (await save(before, decision, at, attempt)) return { before, state: decision.next ?? before, decision };
    }
    throw unavailable('busy', 'Too many changes at once. Try again.');
  }

  return {
    find: (id) => collection.find(id),
    insert,
    save: (state, decision, at) => save(state, decision, at),
    update,
    waitUntil: (id, isReady, limitMs, known) =>
      waiters.waitUntil(id, { read: () => collection.find(id), known }, isReady, limitMs),
    matching: async (filter, limit) => (await collection.page(filter, limit)).map(stateOf),
    ids: async (filter) => (await collection.page(filter, BATCH)).map(({ _id }) => _id),
    async republish(since, currentStateEvents, at) {
      const outcome: Republished = { count: 0, failed: [] };
      async function republishOne(state: D): Promise<void> {
        try {
          const decide = (current: State<D>): Decision<D> | undefined => {
            const events = currentStateEvents(current);
            return events.length > 0 ? { events } : undefined;
          };
          const decision = decide(state);
          if (decision === undefined) return;
          // Also a document that has changed since it was read: not every change has an event.
          if (!(await save(state, decision, at))) await update(state._id, decide, at);
          outcome.count++;
        } catch (error) {
          if (isUnreachable(error)) throw error;
          outcome.failed.push({ id: state._id, error });
        }
      }
      // Documents that change in the meantime move to the end, so without a limit this might not end. Clocks may differ.
      const until = new Date(at.getTime() + MAX_CLOCK_SKEW_MS).toISOString();
      for (let after: Changed = { changedAt: since.toISOString(), _id: '' }; ;) {
        const page: D[] = await collection.page({}, BATCH, after);
        await Promise.all(page.map(republishOne));
        const last = page.at(-1);
        if (last === undefined || page.length < BATCH || last.changedAt > until) return outcome;
        after = last;
      }
    },
  };
}
