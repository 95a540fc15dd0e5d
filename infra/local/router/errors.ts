import type { IncomingMessage } from 'node:http';

/** The router's own response to a request that it could not forward: a small page for a browser, else the API's error shape. */
export function errorAnswer(
  request: IncomingMessage,
  status: number,
  code: string,
  message: string,
): { headers: Record<string, string>; body: string } {
  const html = request.headers.accept?.includes('text/html') ?? false;
  const body = html ? page(message) : JSON.stringify({ errors: [{ code, message }] });
  const headers: Record<string, string> = {
    'content-length': String(Buffer.byteLength(body)),
    'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (status === 503) headers['retry-after'] = '1';
  return { headers, body };
}

const page = (message: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not available</title>
<style>
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  body { max-width: 32rem; margin: 20vh auto; padding: 0 1rem; }
</style>
<h1>This page is not available</h1>
<p>${message}</p>
<p>The API answers under <a href="/api/tickets">/api/tickets</a>.</p>
</html>
`;
