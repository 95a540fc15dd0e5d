import type { IncomingMessage, ServerResponse } from 'node:http';

/** The limit of a form is 64 kB (next.config.ts), to which its encoding adds. */
const BODY_LIMIT = 128 * 1024;
/** A file has 5 MB at most; one that is a little larger gets the API's own answer. It is passed on as it arrives. */
const UPLOAD_LIMIT = 6 * 1024 * 1024;
const UPLOAD = /^\/tickets\/[^/?]+\/delivery\/files$/;
/** How many bodies are received concurrently: Next keeps each of them in memory. */
const BODIES_AT_ONCE = 100;

/** The methods of pages, which are read, and of forms, which are sent. */
export const pageMethods = ['GET', 'HEAD', 'POST'];

/**
 * Returns a function that decides whether Next gets a request. One with a body that no form sends is rejected before any
 * of it is read.
 */
export function admission(): (request: IncomingMessage, response: ServerResponse) => boolean {
  let bodies = 0;
  return (request, response) => {
    const refuse = (status: number, message: string, headers: Record<string, string> = {}) => {
      response.shouldKeepAlive = false;
      response.writeHead(status, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-store',
        ...headers,
      });
      response.end(message);
      return false;
    };
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (encoding !== undefined) return refuse(411, 'Send the length of the body.');
    const limit = UPLOAD.test(request.url ?? '') ? UPLOAD_LIMIT : BODY_LIMIT;
    if (Number(length) > limit) return refuse(413, `The body may have ${limit / 1024} kB at most.`);
    if (Number(length) === 0) return true;
    if (bodies >= BODIES_AT_ONCE)
      return refuse(503, 'Too much is being sent at once. Try again.', { 'Retry-After': '1' });
    bodies++;
    response.once('close', () => {
      bodies--;
    });
    return true;
  };
}
