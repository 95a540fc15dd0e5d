import type { IncomingMessage } from 'node:http';

/** How soon a browser asks again for a page, in seconds. */
const RELOAD_SECONDS = 5;

/**
 * The router's own response to a request that it could not forward: a small page for a browser, else the API's error shape. The page
 * loads itself again, unless it answers a form, which nobody may send twice without knowing.
 */
export function errorAnswer(
  request: IncomingMessage,
  status: number,
  code: string,
  message: string,
): { headers: Record<string, string>; body: string } {
  const html = request.headers.accept?.includes('text/html') ?? false;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // A request that is wrong stays so, and has not arrived.
  const next = status < 500 ? 'nothing' : isRead ? 'reload' : 'unknown';
  const body = html ? page(message, next) : JSON.stringify({ errors: [{ code, message }] });
  const headers: Record<string, string> = {
    'content-length': String(Buffer.byteLength(body)),
    'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (status === 503) headers['retry-after'] = '1';
  return { headers, body };
}

type Next = keyof typeof NEXT;

const page = (message: string, next: Next): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
${next === 'reload' ? `<meta http-equiv="refresh" content="${RELOAD_SECONDS}">` : ''}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not available</title>
<style>
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  body { max-width: 32rem; margin: 20vh auto; padding: 0 1rem; }
</style>
<h1>This page is not available</h1>
<p>${message}</p>
<p>${NEXT[next]}</p>
<p>The API answers under <a href="/api/tickets">/api/tickets</a>.</p>
</html>
`;

/** What comes next, and what the page tells of it. */
const NEXT = {
  reload: 'It is loaded again every few seconds.',
  unknown:
    'What you have just sent may have arrived or not. Go back, load the page again, and look before you send it once more.',
  nothing: '',
};
