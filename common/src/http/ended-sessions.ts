import { StoreUnavailableError } from '@ticketing/runtime';

/** A session that has ended. Its token would be valid until `endsAt`. */
export interface EndedSession {
  id: string;
  endsAt: string;
}

export type AddedSession = EndedSession & { addedAt: Date };

/** Stores ended sessions for all instances of a service, until their tokens have expired. */
export interface EndedSessionStore {
  /** Stores those that are not stored yet, each with the time by the store's clock. */
  add(sessions: EndedSession[]): Promise<void>;
  /** Those that were added at that time or later. */
  addedSince(time: Date): AsyncIterable<AddedSession> | Iterable<AddedSession>;
}

/** The ended sessions as one instance knows them. */
export interface EndedSessions {
  /** Whether the session has ended. Throws a 503 until they have been loaded, because then any session may have. */
  has(id: string): boolean;
  /** Adds ended sessions for every instance. */
  add(sessions: EndedSession[]): Promise<void>;
  /** Loads all, and from the second time on those that other instances have added. */
  refresh(): Promise<void>;
}

/** How often an instance reads what others have added. With the way of the event, it is well within 5 s. */
export const REFRESH_ENDED_SESSIONS_MS = 1000;
/** A write becomes readable later than its time, by up to the time limit of a write and the difference of the store's clocks. */
const OVERLAP_MS = 10_000;
const FORGET_EVERY_MS = 60_000;

/** Creates the ended sessions of an instance, which knows none before `refresh`. */
export function createEndedSessions(store: EndedSessionStore): EndedSessions {
  const ended = new Map<string, number>();
  let readUntil: number | undefined;
  let forgotAt = 0;

  function forgetExpired(): void {
    const time = Date.now();
    if (time - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = time;
    for (const [id, endsAt] of ended) if (endsAt <= time) ended.delete(id);
  }

  return {
    has(id) {
      if (readUntil === undefined) throw new StoreUnavailableError('the ended sessions are not loaded yet');
      return ended.has(id);
    },
    async add(sessions) {
      for (const { id, endsAt } of sessions) ended.set(id, Date.parse(endsAt));
      await store.add(sessions);
    },
    async refresh() {
      let latest = readUntil ?? 0;
      for await (const { id, endsAt, addedAt } of store.addedSince(new Date(Math.max(0, latest - OVERLAP_MS)))) {
        ended.set(id, Date.parse(endsAt));
        latest = Math.max(latest, addedAt.getTime());
      }
      readUntil = latest;
      forgetExpired();
    },
  };
}
