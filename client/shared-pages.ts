// Visitors share rendered pages: all who ask for the same address at the same version of its content get one rendering, each with a
// nonce of their own. See docs/adr/0020-guests-share-rendered-pages.md.
//
// A shared page is rendered for a request that this file makes up: an address, and for visitors who are signed in, on the list only, a
// made-up name that is replaced in each response. So nothing of a visitor can be in it, whatever the page reads. Its inputs are
//   - the address, path and query, whether the visitor is signed in, and how numbers and clocks are written for them, which is one of a
//     few formats by Accept-Language: the key
//   - what the API returns for it, and whether the event has started: the ETag, which proxy.ts computes. Once a page is freshMs old,
//     Next is asked whether the ETag still applies, and renders only if not
//   - the settings (API_URL, HOLD_SECONDS, STRIPE_PUBLISHABLE_KEY): the same for the life of the process
//   - the nonce, and the visitor's name: written into each response. The name is what auth returns for the session of that very
//     request, and has only characters that are the same in HTML, in JSON and in a script
// and these, which are not there, so that a request with one that counts goes to Next by itself:
//   - other cookies: the refused form, which only /auth reads; that of a visitor who has lately held a ticket, whose pages show it
//   - headers by which the browser's part of Next asks for something else than HTML
//   - User-Agent: Next only distinguishes none and crawlers, for which it would move the title; all others: no page reads them
// With tracing a rendering is part of the trace of the request that it is made for, of which no page shows anything.
// Zones, countdowns and everything else about the visitor's own clock are the browser's work.
//
// Trade-off: a page is up to freshMs older than its request, and up to 64 MB of pages are in memory.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { currentTraceparent } from '@ticketing/runtime/tracing';
import { LRUCache } from 'lru-cache';
import { inProcess } from './in-process.ts';
import { pageTemplate } from './page-template.ts';
import type { PageTemplate } from './page-template.ts';
import { formatFor } from './src/lib/formats.ts';
import { isHolding } from './src/lib/holding-cookie.ts';

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

/** The list, on which the name is all that differs between visitors who are signed in; a ticket's page is another for its seller. */
const LIST = /^\/(?:\?|$)/;

/** The request header that has the made-up name; proxy.ts renders the page for that visitor. */
const VIEWER_HEADER = 'x-shared-viewer';
/** Written in the same way in HTML, in JSON and in a script, and never special to React. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9.@_+-]{0,253}$/i;

/** Sent with every request for a rendering: without it Next would move the title out of the first HTML. */
const USER_AGENT = 'shared-pages';

/** What a rendering is asked for by. */
interface PageKey {
  format: string;
  isNamed: boolean;
  url: string;
}

const textOf = ({ format, isNamed, url }: PageKey): string => `${format} ${isNamed ? 'named ' : ''}${url}`;

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

/**
 * Decorates Next's request handler: guests share the rendered list and tickets' pages, visitors who are signed in share the list, and
 * all other requests go to `handle`. `readName` returns the name of the visitor with these cookies, undefined for a guest.
 */
export function sharedPages(
  handle: RequestListener,
  readName: (cookies: string) => Promise<string | undefined>,
  {
    freshMs = 100,
    maxAgeMs = 10_000,
    maxPages = 1000,
    maxBytes = 64_000_000,
    now = () => performance.now(),
  }: SharedPagesOptions = {},
): RequestListener {
  const ask = inProcess(handle);
  const madeUpName = `${randomUUID()}@name.invalid`;
  const kept = new LRUCache<string, Kept>({
    max: maxPages,
    maxSize: maxBytes,
    sizeCalculation: ({ page }) => page.size,
  });
  const checks = new Map<string, Check>();

  /** Asks Next for the page unless it is unchanged. An error page is sent to those who wait for it, and not kept. */
  async function check(wanted: PageKey, startedAt: number): Promise<PageTemplate | undefined> {
    const { format, isNamed, url } = wanted;
    const key = textOf(wanted);
    const last = kept.get(key);
    const isUsable = last !== undefined && startedAt - last.renderedAt < maxAgeMs;
    const traceparent = currentTraceparent();
    const response = await ask(url, {
      'User-Agent': USER_AGENT,
      'Accept-Language': format,
      ...(isNamed && { [VIEWER_HEADER]: madeUpName }),
      ...(isUsable && { 'If-None-Match': last.etag }),
      ...(traceparent !== undefined && { traceparent }),
    });
    if (isUsable && response.status === 304) {
      kept.set(key, { ...last, checkedAt: startedAt });
      return last.page;
    }
    const page = pageTemplate(response, isNamed ? madeUpName : undefined);
    const etag = page?.header('etag');
    if (page?.status === 200 && etag !== undefined)
      kept.set(key, { page, etag, renderedAt: startedAt, checkedAt: startedAt });
    else kept.delete(key);
    return page;
  }

  function startCheck(wanted: PageKey): Check {
    const startedAt = now();
    const key = textOf(wanted);
    const page = check(wanted, startedAt).finally(() => {
      checks.delete(key);
    });
    const started = { startedAt, page };
    checks.set(key, started);
    return started;
  }

  /** The page, no more than `freshMs` older than this call. Concurrent calls share one check. */
  async function current(wanted: PageKey): Promise<PageTemplate | undefined> {
    const key = textOf(wanted);
    const oldest = now() - freshMs;
    for (;;) {
      const entry = kept.get(key);
      if (entry !== undefined && entry.checkedAt >= oldest) return entry.page;
      const running = checks.get(key);
      if (running === undefined) return startCheck(wanted).page;
      if (running.startedAt >= oldest) return running.page;
      // It may have read what has changed since.
      await running.page.catch(() => undefined);
    }
  }

  /** A function that sends the page to this visitor; undefined when it is not one to share. */
  async function prepare({
    url = '',
    headers,
  }: IncomingMessage): Promise<((response: ServerResponse) => void) | undefined> {
    const isGzip = acceptsGzip(headers['accept-encoding']);
    const isNamed = hasSession(headers.cookie);
    const wanted = { format: formatFor(headers['accept-language']), isNamed, url };
    if (!isNamed) return (await current(wanted))?.prepare({ isGzip });
    const [name, page] = await Promise.all([readName(headers.cookie ?? ''), current(wanted)]);
    return name !== undefined && PLAIN_NAME.test(name) ? page?.prepare({ isGzip, name }) : undefined;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = await prepare(request).catch(() => undefined);
    if (send === undefined) handle(request, response);
    else send(response);
  }

  return (request, response) => {
    // Between this decorator and proxy.ts only.
    Reflect.deleteProperty(request.headers, VIEWER_HEADER);
    if (SHARED.test(request.url ?? '')) delete request.headers['if-none-match'];
    if (isShared(request)) void serve(request, response);
    else handle(request, response);
  };
}

/** Whether the response is the same for all guests, or for all visitors who are signed in but for their name. */
function isShared({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    (hasSession(headers.cookie) ? LIST : SHARED).test(url) &&
    // The page shows the visitor's own hold.
    !(hasSession(headers.cookie) && isHolding(headers.cookie)) &&
    url.length <= LONGEST_ADDRESS &&
    !Object.keys(headers).some((name) => /^(?:rsc$|next-|x-nextjs|x-middleware)/.test(name))
  );
}

/** Whether there may be a session in these cookies. */
const hasSession = (cookies = ''): boolean => /session/i.test(cookies);

/** Whether a visitor accepts a page compressed with gzip, by Accept-Encoding. */
export function acceptsGzip(accepted: string | undefined): boolean {
  const gzip = /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([\d.]+)\s*)?(?=,|$)/i.exec(accepted ?? '');
  return gzip !== null && Number(gzip[1] ?? 1) > 0;
}
