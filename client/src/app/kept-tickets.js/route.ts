import { KEPT_TICKETS } from '@/lib/kept-tickets.ts';

/*
 * The service worker of orders' pages: without a connection, or while the site is down, it shows the page of a bought ticket as it was
 * last seen. Anything else goes to the site.
 */
const WORKER = `
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || (request.mode !== 'navigate' && request.destination !== 'style')) return;
  const kept = async () => (await caches.open('${KEPT_TICKETS}')).match(request, { ignoreSearch: true, ignoreVary: true });
  event.respondWith(
    fetch(request).then(
      async (response) => (response.status >= 500 ? ((await kept()) ?? response) : response),
      async () => (await kept()) ?? Response.error(),
    ),
  );
});
`;

/** The service worker that keeps bought tickets. */
export function GET(): Response {
  return new Response(WORKER, {
    headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' },
  });
}
