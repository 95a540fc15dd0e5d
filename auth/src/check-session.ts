import type { Request, RequestHandler } from 'express';
import type { AuthContext } from './context.ts';
import { liveSession, use } from './sessions.ts';

/**
 * Ignores a session that has ended, and notes that others were used. auth reads its own store, so a session that has ended is
 * refused at once. Throws a 503 when the store is unavailable.
 */
export const checkSession =
  (context: AuthContext): RequestHandler =>
  async (req, _res, next) => {
    if (req.currentUser !== undefined && !(await isLive(context, req))) {
      delete req.currentUser;
      delete req.sessionId;
    }
    next();
  };

async function isLive({ sessions, now, config }: AuthContext, { currentUser, sessionId = '' }: Request) {
  const userId = currentUser?.id ?? '';
  const at = now();
  const state = await sessions.find(userId);
  if (state === null || !liveSession(state, sessionId, config, at)) return false;
  const used = use(state, sessionId, at);
  // A change that comes first is no reason to try again: the next use is noted.
  if (used) await sessions.save(state, used, at);
  return true;
}
