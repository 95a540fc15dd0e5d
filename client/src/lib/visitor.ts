import 'server-only';
import { cache } from 'react';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { createHttp, type Http } from '@/api/http.ts';
import type { User } from '@/api/types.ts';
import { getCurrentUser } from '@/api/users.ts';
import { type Format, formatFor } from './formats.ts';
import { signInPath } from './next-path.ts';
import { PAGE_DATA_HEADER, readOnce, unpackAnswers } from './page-data.ts';
import { sessionCookie } from './session-cookie.ts';
import { visitorOptions } from './visitor-options.ts';

/** A client of the API that sends the visitor's session cookie and address, and nothing else of the request. */
export async function visitorHttp(): Promise<Http> {
  return createHttp(visitorOptions(await headers()));
}

/** A client of the API for the visitor whom these Set-Cookie headers of the API have just signed in. */
export async function httpWithCookies(setCookie: string[]): Promise<Http> {
  const cookie = setCookie.map((line) => line.split(';', 1)[0]).join('; ');
  return createHttp({ ...visitorOptions(await headers()), cookie });
}

/** `visitorHttp` for pages: each path is read once per page, and not at all if proxy.ts has read it. */
export const pageHttp = cache(async (): Promise<Http> => {
  const packed = (await headers()).get(PAGE_DATA_HEADER);
  return readOnce(await visitorHttp(), unpackAnswers(packed));
});

/** How numbers and clocks are written for the visitor. */
export const visitorFormat = async (): Promise<Format> => formatFor((await headers()).get('accept-language'));

/** The visitor of a page. `unknown` when there is a session cookie and auth is down. */
export type Viewer = { kind: 'guest' } | { kind: 'user'; user: User } | { kind: 'unknown' };

/** The visitor of the page that is being rendered. */
export async function getViewer(): Promise<Viewer> {
  if (sessionCookie((await headers()).get('cookie')) === undefined) return { kind: 'guest' };
  const answer = await getCurrentUser(await pageHttp());
  if (!answer.ok) return { kind: 'unknown' };
  return answer.data.currentUser === null ? { kind: 'guest' } : { kind: 'user', user: answer.data.currentUser };
}

/** Sends a visitor without a session to sign in, then back to `path`, having placed the order in `hold`. */
export function redirectToSignIn(path: string, hold?: string): never {
  redirect(signInPath(path, hold));
}
