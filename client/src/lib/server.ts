import 'server-only';
import { cache } from 'react';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { type Answer, callApi, sessionCookie } from './api.ts';
import { signInPath } from './next-path.ts';
import { ANSWERS_HEADER, CURRENT_USER, unpackAnswers } from './reads.ts';
import type { CurrentUser } from './types.ts';

const requestCookie = async () => sessionCookie((await headers()).get('cookie'));

/** GET, as the visitor. Asked once a page, however many parts of it want to know; what proxy.ts asked is not asked again. */
export const read = cache(async (path: string): Promise<Answer<unknown>> => {
  const packed = (await headers()).get(ANSWERS_HEADER);
  const known = packed === null ? undefined : unpackAnswers(packed)[path];
  return known ?? callApi('GET', path, { cookie: await requestCookie() });
});

/** GET, as the visitor, typed by the caller's knowledge of the API. */
export const get = async <T>(path: string): Promise<Answer<T>> => (await read(path)) as Answer<T>;

/** Calls the API as the visitor, uncached. */
export async function send<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  return callApi<T>(method, path, { cookie: await requestCookie(), body });
}

/** Who is looking. `unknown` when there is a sign-in cookie and auth is down. */
export type Viewer = { kind: 'guest' } | { kind: 'user'; user: CurrentUser } | { kind: 'unknown' };

export async function viewer(): Promise<Viewer> {
  if ((await requestCookie()) === undefined) return { kind: 'guest' };
  const answer = await get<{ currentUser: CurrentUser | null }>(CURRENT_USER);
  if (!answer.ok) return { kind: 'unknown' };
  return answer.data.currentUser === null ? { kind: 'guest' } : { kind: 'user', user: answer.data.currentUser };
}

/** Sends a visitor without a session to sign in, then back to `path`. */
export function toSignIn(path: string): never {
  redirect(signInPath(path));
}
