/** The names of the cookie: browsers take the second from this host alone, over HTTPS. */
const SESSION_COOKIES = ['session', '__Host-session'];

const isSession = (pair: string): boolean => SESSION_COOKIES.some((name) => pair.startsWith(`${name}=`));

/** The session cookie in a Cookie header, as the API set it, without other cookies; undefined when signed out. */
export function sessionCookie(header: string | null): string | undefined {
  const kept = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter(isSession)
    // Next encodes cookies when it follows a server action's redirect itself. The value is base64, unencoded.
    .map((pair) => pair.replaceAll(/%3D/gi, '=').replaceAll(/%2B/gi, '+').replaceAll(/%2F/gi, '/'));
  return kept.length > 0 ? kept.join('; ') : undefined;
}

/** Whether one of these Set-Cookie headers of the API sets or removes the session. */
export const setsSession = (setCookie: string[]): boolean => setCookie.some(isSession);
