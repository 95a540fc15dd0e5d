'use client';
import { useMemo } from 'react';
import { lookAtPage } from '@/lib/look-at-page.ts';
import { slowingDelayMs } from '@/lib/watch.ts';
import { useWatch } from './use-watch.ts';

/** Renders the page again once it can be loaded, on a page that can't show what it is about, or what has come of a form. */
export function RetryWatch() {
  const watched = useMemo(
    () => ({
      look: () => lookAtPage(() => fetch(window.location.href, { method: 'HEAD', cache: 'no-store' })),
      // Many may wait for the same service.
      delayMs: (looks: number) => slowingDelayMs(looks, Math.random()),
    }),
    [],
  );
  useWatch(watched);
  return null;
}
