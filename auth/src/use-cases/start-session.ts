import type { CurrentUser } from '@ticketing/common';
import { unavailable } from '@ticketing/common';
import { Types } from 'mongoose';
import type { AuthContext } from '../context.ts';
import { noSessions, start } from '../sessions.ts';
import type { Session } from '../sessions.ts';

/** Two sign-ins of a new user may insert at once; then one of them finds the other's document. */
const ATTEMPTS = 3;

/**
 * Starts a session of the user in a browser; emits session:ended for those that end because of it. Throws a 503 when the store is
 * unavailable.
 */
export async function startSession(
  { sessions, now, config }: AuthContext,
  { id: userId }: CurrentUser,
  { network, browser }: Pick<Session, 'network' | 'browser'>,
): Promise<Session> {
  const at = now();
  const time = at.toISOString();
  const endsAt = new Date(at.getTime() + config.SESSION_SECONDS * 1000).toISOString();
  const session = { id: new Types.ObjectId().toHexString(), createdAt: time, usedAt: time, endsAt, network, browser };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const updated = await sessions.update(userId, (state) => start(state, session, config, at), at);
    if (updated) return session;
    const first = start(noSessions(userId), session, config, at).next;
    if (first && (await sessions.insert({ ...first, version: 0 }, [], at))) return session;
  }
  throw unavailable('busy', 'Too many changes at once. Try again.');
}
