import type { AuthContext } from '../context.ts';
import { end, isIdle } from '../sessions.ts';

/** Ends the sessions that have been idle for too long; emits session:ended, because their tokens may be valid for longer. */
export async function endIdleSessions({ sessions, sweeps, now, config }: AuthContext): Promise<void> {
  const at = now();
  const idleFrom = { $lte: new Date(at.getTime() - config.SESSION_IDLE_SECONDS * 1000).toISOString() };
  await sweeps.run('idle-sessions', sessions, { idleFrom }, (id) =>
    sessions.update(id, (state) => end(state, (session) => isIdle(session, config, at), at), at),
  );
}
