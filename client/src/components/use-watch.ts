'use client';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { connection } from '@/lib/connection.ts';
import { refreshPage } from '@/lib/refresh-page.ts';
import { slowingDelayMs, type Watch, watch, type Watched } from '@/lib/watch.ts';

const EVENTS = ['pageshow', 'online', 'offline', 'focus'] as const;

/** Calls `listener` whenever the visitor comes back to the page or the connection changes. Returns how to call it off. */
export function onReturn(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  for (const event of EVENTS) window.addEventListener(event, listener);
  return () => {
    document.removeEventListener('visibilitychange', listener);
    for (const event of EVENTS) window.removeEventListener(event, listener);
  };
}

/**
 * Keeps a page up to date, by lib/watch.ts, also whenever the visitor comes back to it or the connection changes. Watches nothing
 * while `watched` is undefined; it must be memoized.
 */
export function useWatch(
  watched: (Pick<Watched, 'look' | 'delayMs'> & Partial<Pick<Watched, 'refresh'>>) | undefined,
): RefObject<Watch | undefined> {
  const current = useRef<Watch>(undefined);
  useEffect(() => {
    if (watched === undefined) return;
    const { report, end } = connection.watch();
    const started = watch({
      refresh: refreshPage,
      ...watched,
      isVisible: () => document.visibilityState === 'visible',
      report,
    });
    current.current = started;
    const callOff = onReturn(started.lookNow);
    return () => {
      started.stop();
      end();
      current.current = undefined;
      callOff();
    };
  }, [watched]);
  return current;
}

/** Renders the page again for a reason, once, and as often as it takes to succeed. Another reason is another time; undefined is none. */
export function useRefreshFor(reason: number | undefined): void {
  const [done, setDone] = useState<number>();
  const isDue = reason !== undefined && reason !== done;
  const watched = useMemo(() => {
    if (!isDue) return undefined;
    return {
      look: () => Promise.resolve('changed' as const),
      async refresh() {
        const result = await refreshPage();
        if (result === 'done') setDone(reason);
        return result;
      },
      delayMs: (looks: number) => slowingDelayMs(looks, Math.random()),
    };
  }, [isDue, reason]);
  useWatch(watched);
}
