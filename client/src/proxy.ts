import { type NextRequest, NextResponse } from 'next/server';
import { createHttp } from './api/http.ts';
import { contentSecurityPolicy, createNonce } from './lib/csp.ts';
import { hostOf, isSameOrigin } from './lib/csrf.ts';
import { withoutEmptyParams } from './lib/filters.ts';
import {
  answersFor,
  PAGE_DATA_HEADER,
  packAnswers,
  readOnce,
  readPageData,
  SHARED_VIEWER_HEADER,
} from './lib/page-data.ts';
import { REQUEST_ID_HEADER } from './lib/request-id.ts';
import { sessionCookie } from './lib/session-cookie.ts';
import { visitorOptions } from './lib/visitor-options.ts';

export const config = {
  // Everything but the build's files and the icon: paths that skip the proxy get no policy. Uploads would be kept in memory.
  matcher: ['/((?!_next/static/|health/live$|health/ready$|icon\\.svg$|tickets/[^/]+/delivery/files$).*)'],
};

/**
 * Runs before every page: rejects forms from other sites, leads to the shortest address of a search, creates the nonce of the page's
 * Content-Security-Policy, and reads the page's main resource.
 *
 * The read happens here, and not in the page alone, because of https://github.com/vercel/next.js/issues/62228: `notFound()`
 * leaves the first HTML of a streamed page empty, and a page that renders can't set its status by itself. Delete when fixed
 * (vercel/next.js#98455): pages then call `notFound()`, and lib/pages.ts and lib/page-data.ts go.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const policy = contentSecurityPolicy(createNonce());
  const headers = new Headers(request.headers);
  // Next takes the nonce for its scripts from this header.
  headers.set('Content-Security-Policy', policy);
  headers.delete(PAGE_DATA_HEADER);
  const requestId = crypto.randomUUID();
  headers.set(REQUEST_ID_HEADER, requestId);

  let status = 200;
  let etag: string | undefined;
  let setCookie: string[] = [];
  if (request.method === 'GET' || request.method === 'HEAD') {
    const shorter = withoutEmptyParams(new URL(request.url));
    if (shorter !== undefined) return NextResponse.redirect(shorter, 308);
    const cookie = sessionCookie(request.headers.get('cookie'));
    const madeUpName = request.headers.get(SHARED_VIEWER_HEADER);
    let http = createHttp({ ...visitorOptions(request.headers), requestId });
    if (madeUpName !== null) {
      http = readOnce(http, answersFor(madeUpName));
      headers.set('Cookie', 'session=made-up');
    }
    const data = await readPageData(http, new URL(request.url), cookie !== undefined || madeUpName !== null);
    status = data.status;
    setCookie = data.setCookie ?? [];
    // Nothing of a real visitor is shared.
    if (cookie === undefined) etag = data.etag;
    // shared-pages.ts has the page that would be rendered.
    if (etag !== undefined && request.headers.get('if-none-match') === etag)
      return new NextResponse(null, { status: 304, headers: { ETag: etag } });
    headers.set(PAGE_DATA_HEADER, packAnswers(data.answers));
  } else {
    if (!isSameOrigin(request.headers))
      return new NextResponse('Requests from other sites are refused.', { status: 403 });
    // Next compares too, but only with Host, which a proxy in front may have changed.
    const host = hostOf(request.headers.get('origin') ?? '');
    if (host !== undefined) headers.set('X-Forwarded-Host', host);
    // Nothing is read: after a form is sent, the page must show the state after it, not before.
  }

  // Next responds with 500 to an address that can't be decoded, so it is rewritten to one that does not exist.
  const address = isDecodable(request.url) ? request.url : new URL('/not-found', request.url);
  const response =
    status === 200 && address === request.url
      ? NextResponse.next({ request: { headers } })
      : NextResponse.rewrite(address, { status, request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  for (const line of setCookie) response.headers.append('Set-Cookie', line);
  if (etag !== undefined) response.headers.set('ETag', etag);
  if (status === 503) response.headers.set('Retry-After', '5');
  return response;
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(new URL(url).pathname);
    return true;
  } catch {
    return false;
  }
}
