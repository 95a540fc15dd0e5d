import { unstable_isUnrecognizedActionError as isUnrecognizedAction } from 'next/navigation';
import { isSending } from './guarded-action.ts';
import { renderAgain } from './render-again.ts';
import type { Refresh } from './watch.ts';

const LIMIT_MS = 8000;

let rendering: Promise<Refresh> | undefined;
let waiting: Promise<Refresh> | undefined;

/**
 * Renders the page again without ever losing it. `router.refresh()` is not for use in the background: when the page can't be fetched
 * it navigates, and the visitor is left with the browser's error page. Calls while it is rendered are answered by that one.
 */
export async function refreshPage(render = renderAgain): Promise<Refresh> {
  // Next runs one action after the other, and what a form leads to is rendered after it.
  if (isSending()) return 'done';
  if (waiting !== undefined) return waiting;
  // Behind an action that hangs only a full load helps.
  if (rendering !== undefined) return 'outdated';
  rendering = render()
    .then(
      () => 'done' as const,
      // Another build has other actions.
      (error: unknown) => (isUnrecognizedAction(error) ? 'outdated' : 'unreachable'),
    )
    .finally(() => {
      rendering = undefined;
    });
  const limit = new Promise<'unreachable'>((resolve) => setTimeout(resolve, LIMIT_MS, 'unreachable'));
  waiting = Promise.race([rendering, limit]).finally(() => {
    waiting = undefined;
  });
  return waiting;
}
