const SESSION_COOKIES = new Set(['session', 'session.sig']);

/** The session cookie in a Cookie header, as the API set it, without other cookies; undefined when signed out. */
export function sessionCookie(header: string | null): string | undefined {
  const kept = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => SESSION_COOKIES.has(pair.slice(0, Math.max(0, pair.indexOf('=')))))
    // Next encodes cookies when it follows a server action's redirect itself. The signed value is base64, unencoded.
    .map((pair) => pair.replaceAll(/%3D/gi, '=').replaceAll(/%2B/gi, '+').replaceAll(/%2F/gi, '/'));
  return kept.length > 0 ? kept.join('; ') : undefined;
}
