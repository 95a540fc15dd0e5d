import { unstable_isUnrecognizedActionError as isUnrecognizedAction } from 'next/navigation';
import { renderAgain } from './render-again.ts';
import { singleRefresh } from './single-refresh.ts';

/**
 * Renders the page again without ever losing it. `router.refresh()` is not for use in the background: when the page can't be fetched
 * it navigates, and the visitor is left with the browser's error page.
 */
export const { refresh: refreshPage, forget: forgetRefresh } = singleRefresh(() =>
  renderAgain().then(
    () => 'done',
    // Another build has other actions.
    (error: unknown) => (isUnrecognizedAction(error) ? 'outdated' : 'unreachable'),
  ),
);
