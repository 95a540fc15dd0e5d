'use client';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { connection } from '@/lib/connection.ts';
import { onReturn } from '@/lib/on-return.ts';
import { forgetRefresh, refreshPage } from '@/lib/refresh-page.ts';
import { slowingDelayMs, type Watch, watch, type Watched } from '@/lib/watch.ts';
import { currentListings, currentResets, useListings, useStreamResets } from './use-ticket-news.ts';

/**
 * Keeps a page up to date, by lib/watch.ts, also whenever the visitor comes back to it or the connection changes. Watches nothing
 * while `watched` is undefined; it must be memoized.
 */
export function useWatch(
  watched: (Pick<Watched, 'look' | 'delayMs'> & Partial<Pick<Watched, 'refresh'>>) | undefined,
): RefObject<Watch | undefined> {
  const current = useRef<Watch>(undefined);
  // What was being rendered has gone with the page that is left, or that the browser brings back.
  useEffect(() => {
    window.addEventListener('pageshow', forgetRefresh);
    return () => {
      window.removeEventListener('pageshow', forgetRefresh);
      forgetRefresh();
    };
  }, []);
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

/** Renders the page again when too many changes of tickets were missed, as often as it takes. */
export function useRefreshAfterReset(): void {
  const resets = useStreamResets();
  // A page that is shown later has been read later.
  const [atStart] = useState(currentResets);
  useRefreshFor(resets > atStart ? resets : undefined);
}

/** Any number of tickets may be listed each second. */
const BETWEEN_REFRESHES_MS = 10_000;

/** Renders the page again when a ticket was listed, at once and then no more often than every ten seconds. */
export function useRefreshWhenListed(): void {
  const listings = useListings();
  const [shown, setShown] = useState(currentListings);
  const [atStart] = useState(shown);
  const refreshedAt = useRef(-Infinity);
  useEffect(() => {
    if (listings === shown) return;
    const timer = setTimeout(
      () => {
        refreshedAt.current = performance.now();
        setShown(listings);
      },
      Math.max(0, refreshedAt.current + BETWEEN_REFRESHES_MS - performance.now()),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [listings, shown]);
  useRefreshFor(shown > atStart ? shown : undefined);
}
