import type { Connection } from './connection.ts';

/** What a read in the background has found. */
export type Look = 'unchanged' | 'changed' | 'unreachable';

/** How rendering the page again has ended; `outdated` when only a full load helps. */
export type Refresh = 'done' | 'unreachable' | 'outdated';

export interface Watched {
  /** Reads whether what the page shows has changed. */
  look: () => Promise<Look>;
  /** Renders the page again. */
  refresh: () => Promise<Refresh>;
  /** How long to wait after so many looks. */
  delayMs: (looks: number) => number;
  isVisible: () => boolean;
  report: (connection: Connection) => void;
}

export interface Watch {
  /** Looks now, unless a look is under way or the page is hidden. */
  lookNow: () => void;
  stop: () => void;
}

/** The delay after so many looks: 5 s at first, in the end 30 s; `spread`, from 0 to 1, moves it by up to a quarter. */
export const slowingDelayMs = (looks: number, spread: number): number =>
  Math.min(5000 * 1.5 ** Math.floor(looks / 12), 30_000) * (0.75 + spread / 2);

/** After failures: short enough to catch up within 5 s of the connection's return. */
const RETRY_MS = [1000, 1000, 1000, 2000, 3000];
/** After a refresh that has changed nothing. */
const MAX_BACKOFF_MS = 30_000;

/**
 * Watches something that a page shows: looks at an interval while the page is visible, refreshes the page when it has changed, and
 * reports the connection. After failures it looks more often, and the first look that succeeds is followed by a refresh. A refresh
 * that did not help is repeated with growing delays. Looks once at the start.
 */
export function watch({ look, refresh, delayMs, isVisible, report }: Watched): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBusy = false;
  let hasStopped = false;
  const isOver = () => hasStopped;
  let looks = 0;
  let failures = 0;
  let refreshes = 0;

  async function lookAndRefresh(): Promise<Look | Refresh> {
    const found = await look();
    if (found === 'unreachable' || isOver()) return found;
    // More may have been missed than this look shows, such as a deployment.
    return found === 'changed' || failures > 0 ? refresh() : found;
  }

  function nextDelay(): number {
    if (failures > 0) return RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 0;
    const backoff = refreshes === 0 ? 0 : Math.min(1000 * 2 ** refreshes, MAX_BACKOFF_MS);
    return Math.max(delayMs(looks), backoff);
  }

  async function run(): Promise<void> {
    if (isBusy || isOver() || !isVisible()) return;
    isBusy = true;
    clearTimeout(timer);
    const result = await lookAndRefresh();
    isBusy = false;
    if (isOver()) return;
    looks++;
    failures = result === 'unreachable' ? failures + 1 : 0;
    refreshes = result === 'done' ? refreshes + 1 : 0;
    // A single failure may be a matter of a moment.
    if (failures !== 1) report(failures > 1 ? 'lost' : result === 'outdated' ? 'outdated' : 'ok');
    timer = setTimeout(lookNow, nextDelay());
  }

  function lookNow(): void {
    void run();
  }

  lookNow();
  return {
    lookNow,
    stop() {
      hasStopped = true;
      clearTimeout(timer);
    },
  };
}
