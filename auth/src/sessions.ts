import type { DomainEvent } from '@ticketing/common';
import type { Decision, State, Stored } from '@ticketing/core';
import type { AuthContext } from './context.ts';

/** A browser in which a user is signed in. */
export interface Session {
  id: string;
  createdAt: string;
  /** When it was last used, to the hour. */
  usedAt: string;
  /** When its token expires. */
  endsAt: string;
  /** The network of the sign-in. */
  network: string;
  /** The browser in words, such as "Firefox on Linux". */
  browser: string;
}

/** The sessions of a user, in one document, so that all of them end in one write. Its id is the user's. */
export interface UserSessions extends Stored {
  sessions: Session[];
  /** The ended sessions whose tokens have not expired, the latest last. */
  ended: EndedSession[];
  /** When the session that has been idle for the longest time was last used; absent without sessions. */
  idleFrom?: string | undefined;
}
export type UserSessionsState = State<UserSessions>;

export interface EndedSession {
  id: string;
  /** When its token expires. */
  endsAt: string;
}

/** The settings of how long sessions last. */
export interface SessionLimits {
  /** From the sign-in. */
  SESSION_SECONDS: number;
  /** From the last use. */
  SESSION_IDLE_SECONDS: number;
}

/** Sessions that a user can have at once. One more ends the one that was not used for the longest time. */
export const MAX_SESSIONS = 50;
/** Ended sessions that are kept, and so sent again by a resync: all that one change can end, and some before. */
const MAX_ENDED = 2 * MAX_SESSIONS;
/** How much later than noted a session may have been used. Noting each use would be a write for each page. */
const USED_EVERY_MS = 3_600_000;

/** A user without sessions. */
export const noSessions = (userId: string): UserSessionsState => ({ _id: userId, version: 0, sessions: [], ended: [] });

/** Starts a session of the user. */
export function start(
  state: UserSessionsState,
  session: Session,
  limits: SessionLimits,
  now: Date,
): Decision<UserSessions> {
  const byUse = [...state.sessions].sort((a, b) => (a.usedAt < b.usedAt ? -1 : 1));
  const surplus = byUse.slice(0, Math.max(0, byUse.length + 1 - MAX_SESSIONS)).map(({ id }) => id);
  const isOver = (one: Session) => surplus.includes(one.id) || isIdle(one, limits, now);
  return change(state, isOver, now, session);
}

/** Ends the sessions that `isOver` selects; undefined when there is none. */
export function end(
  state: UserSessionsState,
  isOver: (session: Session) => boolean,
  now: Date,
): Decision<UserSessions> | undefined {
  return state.sessions.some(isOver) ? change(state, isOver, now) : undefined;
}

/** Notes that a session was used; undefined while that is noted already. */
export function use(state: UserSessionsState, id: string, now: Date): Decision<UserSessions> | undefined {
  const session = state.sessions.find((one) => one.id === id);
  if (session === undefined || now.getTime() - Date.parse(session.usedAt) < USED_EVERY_MS) return undefined;
  const used = { ...session, usedAt: now.toISOString() };
  const sessions = state.sessions.map((one) => (one === session ? used : one));
  return { next: { ...state, version: state.version + 1, sessions, idleFrom: idleFrom(sessions) }, events: [] };
}

/** The session of this id, unless it has ended. */
export const liveSession = (
  state: UserSessionsState | null,
  id: string,
  limits: SessionLimits,
  now: Date,
): Session | undefined =>
  state?.sessions.find((one) => one.id === id && !isExpired(one, now) && !isIdle(one, limits, now));

/** Whether a session has not been used for so long that it ends. */
export const isIdle = ({ usedAt }: Session, { SESSION_IDLE_SECONDS }: SessionLimits, now: Date): boolean =>
  now.getTime() - Date.parse(usedAt) >= SESSION_IDLE_SECONDS * 1000;

/** The events from which other services learn of all sessions that have ended. */
export const currentStateEvents = ({ _id: id, version, ended }: UserSessionsState): DomainEvent[] =>
  ended.length > 0 ? [{ name: 'session:ended', data: { id, version, sessions: ended } }] : [];

const isExpired = ({ endsAt }: EndedSession, now: Date): boolean => endsAt <= now.toISOString();

const idleFrom = (sessions: Session[]): string | undefined => sessions.map(({ usedAt }) => usedAt).sort()[0];

function change(
  state: UserSessionsState,
  isOver: (session: Session) => boolean,
  now: Date,
  started?: Session,
): Decision<UserSessions> {
  const isRelevant = (one: EndedSession) => !isExpired(one, now);
  const over = state.sessions.filter(isOver).filter(isRelevant);
  const sessions = state.sessions.filter((one) => !isOver(one) && isRelevant(one));
  if (started) sessions.push(started);
  const ended = [...state.ended.filter(isRelevant), ...over.map(({ id, endsAt }) => ({ id, endsAt }))];
  const next = {
    ...state,
    version: state.version + 1,
    sessions,
    ended: ended.slice(-MAX_ENDED),
    idleFrom: idleFrom(sessions),
  };
  return { next, events: over.length > 0 ? currentStateEvents(next) : [] };
}

/**
 * Ends all sessions of a user but `except`; emits session:ended. Resolves to how many it has ended: every service refuses them within
 * 5 s. Throws a 503 when the store is unavailable; then it may be repeated.
 */
export async function endSessions(
  { sessions, now }: Pick<AuthContext, 'sessions' | 'now'>,
  userId: string,
  { except }: { except?: string | undefined } = {},
): Promise<number> {
  const at = now();
  const updated = await sessions.update(userId, (state) => end(state, ({ id }) => id !== except, at), at);
  if (!updated?.decision) return 0;
  return updated.before.sessions.length - updated.state.sessions.length;
}

/**
 * Ends one session of a user; emits session:ended. Resolves to whether it has ended it. Throws a 503 when the store is unavailable; then
 * it may be repeated.
 */
export async function endSession(
  { sessions, now }: Pick<AuthContext, 'sessions' | 'now'>,
  userId: string,
  sessionId: string,
): Promise<boolean> {
  const at = now();
  const updated = await sessions.update(userId, (state) => end(state, ({ id }) => id === sessionId, at), at);
  return updated?.decision !== undefined;
}
