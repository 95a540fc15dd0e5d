/** The server's time in the browser. */
export interface ServerClock {
  /** Takes an instant of the server that has arrived, now or earlier, as milliseconds. */
  note: (serverNow: number) => void;
  /** The server's time by all instants so far, as milliseconds. */
  now: () => number;
}

/**
 * Creates a clock that runs by the monotonic `now`, so a wrong clock in the browser does not matter. Every instant is noted after it
 * was true, so the latest estimate is the best one: an old page that is shown again can't set the clock back.
 */
export function createServerClock(now = (): number => performance.now()): ServerClock {
  let ahead = -Infinity;
  return {
    note(serverNow) {
      ahead = Math.max(ahead, serverNow - now());
    },
    now: () => now() + ahead,
  };
}

/** The clock of this tab: it outlives the pages that are shown in it. */
export const serverClock = createServerClock();
