import { createHash } from 'node:crypto';
import type { Answer, Http } from '@/api/http.ts';
import { currentUserPath, getCurrentUser } from '@/api/users.ts';
import type { CurrentUser } from '@/api/types.ts';
import { findPage } from './pages.ts';

/** The request header in which proxy.ts passes the API's responses to the page. Only proxy.ts can set it. */
export const PAGE_DATA_HEADER = 'x-api-answers';

/**
 * The request header by which shared-pages.ts asks for a page of a visitor who does not exist, with this name. Only that file can set
 * it.
 */
export const SHARED_VIEWER_HEADER = 'x-shared-viewer';

/** Responses of the API by path. */
export type Answers = Record<string, Answer<unknown>>;

/** The API's response to a visitor with this name who has no id, so that nothing belongs to them. */
export const answersFor = (email: string): Answers => ({
  [currentUserPath]: { ok: true, status: 200, data: { currentUser: { id: '', email } } satisfies CurrentUser },
});

export interface PageData {
  status: number;
  /** The responses to pass on. */
  answers: Answers;
  /** What renews the session of the visitor, for the browser. */
  setCookie?: string[];
  /** Of a page that visitors share: two pages that differ have different ones. */
  etag?: string;
}

/** Reads the main resource of the page at `url` and the current user, and returns the page's status and the responses. */
export async function readPageData(http: Http, url: URL, isSignedIn: boolean): Promise<PageData> {
  const answers: Answers = {};
  const recording: Http = async (method, path, body) => {
    const answer = await http<never>(method, path, body);
    answers[path] = withoutCookie(answer);
    return answer;
  };
  const asked = isSignedIn ? getCurrentUser(recording) : undefined;
  const user = Promise.resolve(asked).then((answer) => (answer?.ok ? answer.data.currentUser : null));
  const found = findPage(url);
  const [{ status, shared }, viewer] = await Promise.all([
    found?.page.open(recording, found.request, user) ?? { status: 200, shared: undefined },
    asked,
  ]);
  const setCookie = viewer?.ok ? viewer.setCookie : undefined;
  const data = { status, answers, ...(setCookie && { setCookie }) };
  if (shared === undefined) return data;
  const version = createHash('sha256')
    .update(JSON.stringify([answers, shared]))
    .digest('base64url');
  return { ...data, etag: `"${version}"` };
}

/** A page shows nothing of a cookie. */
function withoutCookie<T>(answer: Answer<T>): Answer<T> {
  if (!answer.ok) return answer;
  const { ok, status, data } = answer;
  return { ok, status, data };
}

/** Wraps `http` so that each path is read once, however many parts of a page need it, and not at all if `proxy.ts` has read it. */
export function readOnce(http: Http, answers: Answers): Http {
  const reads = new Map<string, Promise<Answer<never>>>();
  for (const [path, answer] of Object.entries(answers)) reads.set(path, Promise.resolve(answer as Answer<never>));
  return (method, path, body, key) => {
    if (method !== 'GET') return http(method, path, body, key);
    const reading = reads.get(path) ?? http<never>(method, path);
    reads.set(path, reading);
    return reading;
  };
}

/** Responses as the value of a header, which allows Latin letters only. */
export const packAnswers = (answers: Answers): string => Buffer.from(JSON.stringify(answers)).toString('base64');

/** Decodes the result of `packAnswers`; empty if the header is missing. */
export const unpackAnswers = (header: string | null): Answers =>
  header === null ? {} : (JSON.parse(Buffer.from(header, 'base64').toString()) as Answers);
