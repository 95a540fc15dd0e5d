/**
 * Whether a request that changes something comes from one of our pages, by Sec-Fetch-Site; for a browser that does not send
 * it, Origin is compared with Host. A request with neither does not come from a browser.
 */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  return origin === null || hostOf(origin) === headers.get('host');
}

/** The host and port of an origin; undefined if it is none, such as `null`. */
export const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);
