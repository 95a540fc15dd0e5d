/** The cache in the browser with the pages of bought tickets. */
export const KEPT_TICKETS = 'kept-tickets';

/** Keeps the current page, so that it can be loaded without a connection. Does nothing where browsers allow that to nobody. */
export async function keepTicket(): Promise<void> {
  // Neither exists without TLS, except on localhost.
  if (!('serviceWorker' in navigator) || !('caches' in window)) return;
  const styles = [...document.styleSheets].flatMap(({ href }) => href ?? []);
  try {
    await navigator.serviceWorker.register('/kept-tickets.js', { scope: '/orders/' });
    const cache = await caches.open(KEPT_TICKETS);
    for (const address of [window.location.pathname, ...styles]) {
      const response = await fetch(address);
      // What was kept before stays while the site is down.
      if (response.ok) await cache.put(address, response);
    }
  } catch {
    // Storage is full or forbidden, or the connection is already gone: the page works as long as it stays open.
  }
}

/** Whether the page at a path can be loaded without a connection. */
export async function isKept(path: string): Promise<boolean> {
  if (!('caches' in window)) return false;
  const page = await caches.match(path, { cacheName: KEPT_TICKETS }).catch(() => undefined);
  return page !== undefined;
}

/** Removes all kept pages from this browser. */
export async function forgetTickets(): Promise<void> {
  if ('caches' in window) await caches.delete(KEPT_TICKETS).catch(() => undefined);
}
