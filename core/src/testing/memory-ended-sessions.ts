import type { AddedSession, EndedSessionStore } from '@ticketing/common';

/** Creates a store of ended sessions in memory, for tests and the simulation. `now`: the clock of the store. */
export function memoryEndedSessions(
  sessions = new Map<string, AddedSession>(),
  now: () => Date = () => new Date(),
): EndedSessionStore {
  return {
    add(added) {
      for (const session of added)
        if (!sessions.has(session.id)) sessions.set(session.id, { ...session, addedAt: now() });
      return Promise.resolve();
    },
    addedSince: (time) => [...sessions.values()].filter(({ addedAt }) => addedAt >= time),
  };
}
