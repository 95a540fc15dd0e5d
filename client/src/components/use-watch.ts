'use client';
import { type RefObject, useEffect, useRef } from 'react';
import { connection } from '@/lib/connection.ts';
import { refreshPage } from '@/lib/refresh-page.ts';
import { type Watch, watch, type Watched } from '@/lib/watch.ts';

const EVENTS = ['pageshow', 'online', 'offline', 'focus'] as const;

/**
 * Keeps a page up to date, by lib/watch.ts, also whenever the visitor comes back to it or the connection changes. Watches nothing
 * while `watched` is undefined; it must be memoized.
 */
export function useWatch(watched: Pick<Watched, 'look' | 'delayMs'> | undefined): RefObject<Watch | undefined> {
  const current = useRef<Watch>(undefined);
  useEffect(() => {
    if (watched === undefined) return;
    const started = watch({
      ...watched,
      refresh: refreshPage,
      isVisible: () => document.visibilityState === 'visible',
      report: connection.report,
    });
    current.current = started;
    document.addEventListener('visibilitychange', started.lookNow);
    for (const event of EVENTS) window.addEventListener(event, started.lookNow);
    return () => {
      started.stop();
      current.current = undefined;
      document.removeEventListener('visibilitychange', started.lookNow);
      for (const event of EVENTS) window.removeEventListener(event, started.lookNow);
    };
  }, [watched]);
  return current;
}
