import { connection } from './connection.ts';
import { isKept } from './kept-tickets.ts';
import { leavingBy } from './leaving.ts';

/** A visitor who has followed a link waits no longer than this to be told that it leads nowhere. */
const LIMIT_MS = 4000;

/**
 * Keeps the page when a link is followed or a search is sent without a connection, instead of an error page of the browser or the
 * router. The page of a kept ticket needs no connection. Returns how to stop that.
 */
export function keepPage(): () => void {
  let allowed: HTMLElement | undefined;
  let latest: HTMLElement | undefined;
  const onLeaving = (event: Event) => {
    const leaving = leavingBy(event);
    if (leaving === undefined || leaving === allowed) return;
    if (navigator.onLine && connection.get() !== 'lost') return;
    event.preventDefault();
    event.stopPropagation();
    // Without a watch, nothing else tells that there is no connection.
    connection.setOffline(!navigator.onLine);
    latest = leaving;
    void canLoad(leaving).then((isLoadable) => {
      // Another one was followed since, or the page has changed.
      if (!isLoadable || latest !== leaving || !leaving.isConnected) return;
      allowed = leaving;
      if (leaving instanceof HTMLFormElement) leaving.requestSubmit();
      else leaving.click();
      allowed = undefined;
    });
  };
  // Before anything else on the page gets the event.
  window.addEventListener('click', onLeaving, true);
  window.addEventListener('submit', onLeaving, true);
  return () => {
    window.removeEventListener('click', onLeaving, true);
    window.removeEventListener('submit', onLeaving, true);
  };
}

async function canLoad(leaving: HTMLAnchorElement | HTMLFormElement): Promise<boolean> {
  if (leaving instanceof HTMLAnchorElement && (await isKept(leaving.pathname))) return true;
  // Also where the browser is offline by its own account: browsers take some networks for none.
  return fetch('/health/live', { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) }).then(
    ({ ok }) => {
      if (ok) connection.setOffline(false);
      return ok;
    },
    () => false,
  );
}
