// Guests share rendered pages: all who ask for the same address at the same version of its content get one rendering, each with a
// nonce of their own. See docs/adr/0020-guests-share-rendered-pages.md.
//
// A shared page is rendered for a request that this file makes up: an address and nothing else. So nothing of a visitor can be in it,
// whatever the page reads. Its inputs are
//   - the address, path and query: the key
//   - what the API returns for it, and whether the event has started: the ETag, which proxy.ts computes. Once a page is FRESH_MS
//     old, Next is asked whether the ETag still applies, and renders only if not
//   - the settings (API_URL, HOLD_SECONDS, STRIPE_PUBLISHABLE_KEY): the same for the life of the process
//   - the nonce: replaced in each response
// and these, which are not there, so that a request with one that counts goes to Next by itself:
//   - cookies: the session, and the refused form, which only /auth reads
//   - headers by which the browser's part of Next asks for something else than HTML
//   - User-Agent: Next only distinguishes none and crawlers, for which it would move the title; Accept-Language and all others:
//     no page reads them
// Zones, countdowns and everything else about the visitor's own clock are the browser's work.
//
// Trade-off: a page is up to FRESH_MS older than its request, and up to 64 MB of pages are in memory.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { inProcess } from './in-process.ts';
import { pageTemplate } from './page-template.ts';
import type { PageTemplate } from './page-template.ts';

export interface SharedPagesOptions {
  /** How long a page is sent without asking whether it has changed. */
  freshMs?: number;
  /** How long a rendering is used, even if it seems unchanged. */
  maxAgeMs?: number;
  maxPages?: number;
  maxBytes?: number;
  /** In milliseconds, from any instant. */
  now?: () => number;
}

/** The list and the page of a ticket. */
const SHARED = /^\/(?:tickets\/[0-9a-f]{24})?(?:\?|$)/;
const LONGEST_ADDRESS = 1000;

/** Sent with every request for a rendering: without it Next would move the title out of the first HTML. */
const USER_AGENT = 'shared-pages';

interface Kept {
  page: PageTemplate;
  etag: string;
  renderedAt: number;
  /** When Next was last asked, before its response. */
  checkedAt: number;
}

interface Check {
  startedAt: number;
  /** Undefined for a response that can't be shared. */
  page: Promise<PageTemplate | undefined>;
}

/** Decorates Next's request handler: guests share the rendered list and tickets' pages, and all other requests go to `handle`. */
export function sharedPages(
  handle: RequestListener,
  {
    freshMs = 100,
    maxAgeMs = 10_000,
    maxPages = 1000,
    maxBytes = 64_000_000,
    now = () => performance.now(),
  }: SharedPagesOptions = {},
): RequestListener {
  const ask = inProcess(handle);
  /** In the order of their last use. */
  const kept = new Map<string, Kept>();
  let bytes = 0;
  const checks = new Map<string, Check>();

  function drop(address: string): void {
    bytes -= kept.get(address)?.page.size ?? 0;
    kept.delete(address);
  }

  function keep(address: string, entry: Kept): void {
    drop(address);
    kept.set(address, entry);
    bytes += entry.page.size;
    for (const [oldest] of kept) {
      if (kept.size <= maxPages && bytes <= maxBytes) break;
      drop(oldest);
    }
  }

  /** Asks Next for the page unless it is unchanged. An error page is sent to those who wait for it, and not kept. */
  async function check(address: string, startedAt: number): Promise<PageTemplate | undefined> {
    const last = kept.get(address);
    const isUsable = last !== undefined && startedAt - last.renderedAt < maxAgeMs;
    const response = await ask(address, {
      'User-Agent': USER_AGENT,
      ...(isUsable && { 'If-None-Match': last.etag }),
    });
    if (isUsable && response.status === 304) {
      keep(address, { ...last, checkedAt: startedAt });
      return last.page;
    }
    const page = pageTemplate(response);
    const etag = page?.header('etag');
    if (page?.status === 200 && etag !== undefined)
      keep(address, { page, etag, renderedAt: startedAt, checkedAt: startedAt });
    else drop(address);
    return page;
  }

  function startCheck(address: string): Check {
    const startedAt = now();
    const page = check(address, startedAt).finally(() => {
      checks.delete(address);
    });
    const started = { startedAt, page };
    checks.set(address, started);
    return started;
  }

  /** The page, no more than `freshMs` older than this call. Concurrent calls share one check. */
  async function current(address: string): Promise<PageTemplate | undefined> {
    const oldest = now() - freshMs;
    for (;;) {
      const entry = kept.get(address);
      if (entry !== undefined && entry.checkedAt >= oldest) {
        keep(address, entry);
        return entry.page;
      }
      const running = checks.get(address);
      if (running === undefined) return startCheck(address).page;
      if (running.startedAt >= oldest) return running.page;
      // It may have read what has changed since.
      await running.page.catch(() => undefined);
    }
  }

  async function serve(address: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isGzip = acceptsGzip(request.headers['accept-encoding']);
    const send = await current(address)
      .then((page) => page?.prepare(isGzip))
      .catch(() => undefined);
    if (send === undefined) handle(request, response);
    else send(response);
  }

  return (request, response) => {
    const { url = '' } = request;
    // Between this decorator and proxy.ts only: nothing outside has an ETag of a page.
    if (SHARED.test(url)) delete request.headers['if-none-match'];
    if (isShared(request)) void serve(url, request, response);
    else handle(request, response);
  };
}

/** Whether the response is the same for all guests: a whole page for a visitor without a session. */
function isShared({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    SHARED.test(url) &&
    url.length <= LONGEST_ADDRESS &&
    !/session/i.test(headers.cookie ?? '') &&
    !Object.keys(headers).some((name) => /^(?:rsc$|next-|x-nextjs|x-middleware)/.test(name))
  );
}

/** Whether a visitor accepts a page compressed with gzip, by Accept-Encoding. */
export function acceptsGzip(accepted: string | undefined): boolean {
  const gzip = /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([\d.]+)\s*)?(?=,|$)/i.exec(accepted ?? '');
  return gzip !== null && Number(gzip[1] ?? 1) > 0;
}
