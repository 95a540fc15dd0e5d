import { unstable_isUnrecognizedActionError as isUnrecognizedAction } from 'next/navigation';
import { renderAgain } from './render-again.ts';
import { forgetSent, whenSent } from './sending.ts';
import { singleRefresh } from './single-refresh.ts';
import type { Refresh } from './watch.ts';

const single = singleRefresh(() =>
  renderAgain().then(
    () => 'done',
    // Another build has other actions.
    (error: unknown) => (isUnrecognizedAction(error) ? 'outdated' : 'unreachable'),
  ),
);

/** For when the router has gone to another page or entry: what it was doing on the last one is not waited for. */
export function forgetRefresh(): void {
  single.forget();
  forgetSent();
}

/**
 * Renders the page again without ever losing it. `router.refresh()` is not for use in the background: when the page can't be fetched
 * it navigates, and the visitor is left with the browser's error page. Calls while it is rendered are answered by that one.
 */
export async function refreshPage({ refresh } = single): Promise<Refresh> {
  // Next runs one action after the other: behind a form that is being sent, it would look as if it hung.
  await whenSent();
  return refresh();
}
