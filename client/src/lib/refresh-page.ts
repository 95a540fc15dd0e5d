import { unstable_isUnrecognizedActionError as isUnrecognizedAction } from 'next/navigation';
import { renderAgain } from './render-again.ts';
import type { Refresh } from './watch.ts';

const LIMIT_MS = 8000;

let isRendering = false;

/**
 * Renders the page again without ever losing it. `router.refresh()` is not for use in the background: when the page can't be fetched
 * it navigates, and the visitor is left with the browser's error page.
 */
export async function refreshPage(): Promise<Refresh> {
  // Next runs one action after the other: behind one that hangs, only a full load helps.
  if (isRendering) return 'outdated';
  isRendering = true;
  const rendering = renderAgain()
    .then(
      () => 'done' as const,
      // Another build has other actions.
      (error: unknown) => (isUnrecognizedAction(error) ? 'outdated' : 'unreachable'),
    )
    .finally(() => {
      isRendering = false;
    });
  const limit = new Promise<'unreachable'>((resolve) => setTimeout(resolve, LIMIT_MS, 'unreachable'));
  return Promise.race([rendering, limit]);
}
