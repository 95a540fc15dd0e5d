import { type NextRequest, NextResponse } from 'next/server';
import { callApi, sessionCookie } from './lib/api.ts';
import { contentSecurityPolicy } from './lib/csp.ts';
import { hostOf, isFromHere } from './lib/from-here.ts';
import { ANSWERS_HEADER, CURRENT_USER, mainRead, packAnswers, pageStatus } from './lib/reads.ts';

export const config = {
  // All but the build's own files and the icon: what skips the proxy has no policy.
  matcher: ['/((?!_next/static/|health/live$|health/ready$|icon\\.svg$).*)'],
};

/**
 * Runs before every page: rejects forms from other sites, creates the nonce of the page's Content-Security-Policy, and
 * fetches what the page is about. A page that renders can no longer set its status, so it is set here, and the answers are
 * handed on.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  headers.delete(ANSWERS_HEADER);

  let status = 200;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (!isFromHere(request.headers))
      return new NextResponse('Requests from other sites are refused.', { status: 403 });
    // Next compares as well, by Host alone, which a proxy in front may have changed.
    const host = hostOf(request.headers.get('origin') ?? '');
    if (host !== undefined) headers.set('X-Forwarded-Host', host);
  } else {
    // Not for POST: after a form is sent, the page must show the state after it, not before.
    const cookie = sessionCookie(request.headers.get('cookie'));
    const url = new URL(request.url);
    const main = mainRead(url);
    const paths = [...(main === undefined ? [] : [main]), ...(cookie === undefined ? [] : [CURRENT_USER])];
    const answers = Object.fromEntries(
      await Promise.all(paths.map(async (path) => [path, await callApi<unknown>('GET', path, { cookie })] as const)),
    );
    status = pageStatus(url, answers);
    headers.set(ANSWERS_HEADER, packAnswers(answers));
  }

  // Next answers 500 to an address that can't be decoded: it is rewritten to one that does not exist.
  const address = isDecodable(request.url) ? request.url : new URL('/not-found', request.url);
  const response =
    status === 200 && address === request.url
      ? NextResponse.next({ request: { headers } })
      : NextResponse.rewrite(address, { status, request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
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
