'use client';
import { useMemo, useState } from 'react';
import { lookAtPage } from '@/lib/look-at-page.ts';
import { refreshPage } from '@/lib/refresh-page.ts';
import { slowingDelayMs } from '@/lib/watch.ts';
import { useWatch } from './use-watch.ts';

/** Longer than the server takes to give up a page. */
const LIMIT_MS = 15_000;
/** A form stays with what it tells, and what has come of it may show a moment after its service is back. */
const ENOUGH_FOR_A_FORM = 3;

/**
 * Renders the page again once it can be loaded: a page that can't show what it is about, which has something else then, or that of a form
 * whose outcome is unknown, a few times.
 */
export function RetryWatch({ isFor = 'page' }: { isFor?: 'page' | 'form' }) {
  const [rendered, setRendered] = useState(0);
  const isOver = isFor === 'form' && rendered >= ENOUGH_FOR_A_FORM;
  const watched = useMemo(() => {
    if (isOver) return undefined;
    const head = () =>
      fetch(window.location.href, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
    return {
      look: () => lookAtPage(head),
      async refresh() {
        const result = await refreshPage();
        if (result === 'done') setRendered((before) => before + 1);
        return result;
      },
      // Many may wait for the same service.
      delayMs: (looks: number) => slowingDelayMs(looks, Math.random()),
    };
  }, [isOver]);
  useWatch(watched);
  return null;
}
