import type { HttpOptions } from '@/api/http.ts';
import { apiUrl, trustedProxies } from './config.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';
import { sessionCookie } from './session-cookie.ts';
import { FORWARDED_FOR_HEADER, visitorAddress } from './visitor-address.ts';

/**
 * The options of a client of the API for a visitor's request: their session cookie and address, and nothing else of the request. What
 * a visitor does without scripts counts for their own network, because every such client has the address.
 */
export const visitorOptions = (headers: Pick<Headers, 'get'>): HttpOptions => ({
  baseUrl: apiUrl(),
  cookie: sessionCookie(headers.get('cookie')),
  requestId: headers.get(REQUEST_ID_HEADER) ?? undefined,
  traceparent: headers.get('traceparent') ?? undefined,
  visitorAddress: visitorAddress(headers.get(FORWARDED_FOR_HEADER), trustedProxies()),
});
