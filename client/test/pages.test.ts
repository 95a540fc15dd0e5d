import { describe, expect, it } from '@jest/globals';
import { globSync } from 'node:fs';
import path from 'node:path';
import type { Answer, Failure, Http } from '../src/api/http.ts';
import { packAnswers, readOnce, readPageData, unpackAnswers } from '../src/lib/page-data.ts';
import { PAGES } from '../src/lib/pages.ts';

const TICKET = '0123456789abcdef01234567';
const ORDER = `${TICKET}-1`;

const success = (data: unknown): Answer<never> => ({ ok: true, status: 200, data: data as never });
const failure = (status: number): Failure => ({ ok: false, status, problems: [], isOutcomeUnknown: false });

/** An API with one response for all reads but that of the current user; it records their paths. */
function api({ answer, user = null }: { answer: Answer<never>; user?: { id: string } | null }) {
  const paths: string[] = [];
  const http: Http = (_method, address) => {
    paths.push(address);
    return Promise.resolve(address === '/api/users/currentuser' ? success({ currentUser: user }) : answer);
  };
  return { http, paths };
}

const at = (address: string) => new URL(address, 'http://x');

describe('the table of pages', () => {
  it('has exactly the pages in src/app', () => {
    const folder = path.join(import.meta.dirname, '../src/app');
    const pages = globSync('**/page.tsx', { cwd: folder }).map(
      (file) =>
        `/${path
          .dirname(file)
          .replace(/^\.$/, '')
          .replace(/\[(\w+)\]/g, ':$1')}`,
    );
    expect(PAGES.map((page) => page.pattern.pathname).sort()).toEqual(pages.sort());
  });

  it.each([
    ['/', '/api/tickets?limit=24&sort=newest'],
    ['/?q=jazz&q=blues', '/api/tickets?limit=24&sort=newest&search=jazz'],
    ['/sell', '/api/tickets/mine?limit=100'],
    ['/orders', '/api/orders?limit=20'],
    ['/orders?cursor=abc', '/api/orders?limit=20&cursor=abc'],
    [`/orders/${ORDER}`, `/api/orders/${ORDER}`],
    [`/tickets/${TICKET}`, `/api/tickets/${TICKET}`],
    [`/tickets/${TICKET}/edit`, `/api/tickets/${TICKET}`],
  ])('reads for %s what the page is about', async (address, read) => {
    const { http, paths } = api({ answer: success({ sellerId: 's' }) });
    expect(await readPageData(http, at(address), false)).toMatchObject({
      status: 200,
      answers: { [read]: { ok: true } },
    });
    expect(paths).toEqual([read]);
  });

  it.each(['/tickets/new', '/auth/signin', '/auth/signup', '/auth/signout', '/nothing/at/all'])(
    'reads nothing for %s',
    async (address) => {
      const { http, paths } = api({ answer: failure(500) });
      expect(await readPageData(http, at(address), false)).toEqual({ status: 200, answers: {} });
      expect(paths).toEqual([]);
    },
  );

  it.each([
    ...['/tickets/mine', '/tickets/..%2Fmine', '/tickets/%E0%A4%A', `/tickets/${TICKET}0`],
    ...['/orders/1', `/orders/${TICKET}`, `/orders/${TICKET}-0`, `/orders/${TICKET}-1234567890`],
  ])('answers 404 without a read for %s, which names no ticket and no order', async (address) => {
    const { http, paths } = api({ answer: success({}) });
    expect(await readPageData(http, at(address), false)).toEqual({ status: 404, answers: {} });
    expect(paths).toEqual([]);
  });

  it.each([
    ['/', 400, 200],
    ['/', 503, 503],
    ['/orders', 400, 200],
    ['/orders', 401, 200],
    ['/orders', 503, 503],
    ['/sell', 401, 200],
    [`/orders/${ORDER}`, 401, 200],
    [`/orders/${ORDER}`, 404, 404],
    [`/tickets/${TICKET}`, 400, 404],
    [`/tickets/${TICKET}`, 404, 404],
    [`/tickets/${TICKET}`, 410, 410],
    [`/tickets/${TICKET}`, 503, 503],
    [`/tickets/${TICKET}/edit`, 410, 410],
  ])('gives %s, when the API answers %i, the status %i', async (address, answered, status) => {
    const { http } = api({ answer: failure(answered) });
    expect((await readPageData(http, at(address), false)).status).toBe(status);
  });

  it('gives the edit page the status 404 for visitors who are known not to be the seller', async () => {
    const statusFor = async (user: { id: string } | null) => {
      const { http } = api({ answer: success({ sellerId: 'seller' }), user });
      return (await readPageData(http, at(`/tickets/${TICKET}/edit`), user !== null)).status;
    };
    expect(await statusFor({ id: 'seller' })).toBe(200);
    expect(await statusFor({ id: 'other' })).toBe(404);
    expect(await statusFor(null)).toBe(200);
  });
});

describe('the ETag of a page that visitors share', () => {
  const etagOf = async (address: string, answer: Answer<never>, isSignedIn = false) =>
    (await readPageData(api({ answer }).http, at(address), isSignedIn)).etag;
  const list = (version: number) => success({ tickets: [{ id: TICKET, version }], next: null });
  const ticket = (changes: object = {}) =>
    success({ id: TICKET, version: 1, startsAt: '2026-12-04T19:30:00Z', ...changes });

  it.each([
    ['/', list(1), list(2)],
    [`/tickets/${TICKET}`, ticket(), ticket({ version: 2 })],
  ])('is the same for %s exactly while the API returns the same', async (address, before, after) => {
    expect(await etagOf(address, before)).toMatch(/^"[\w-]{43}"$/);
    expect(await etagOf(address, before)).toBe(await etagOf(address, before));
    expect(await etagOf(address, after)).not.toBe(await etagOf(address, before));
  });

  it('changes for a ticket when its event starts, by which sales end', async () => {
    const before = await etagOf(`/tickets/${TICKET}`, ticket());
    expect(await etagOf(`/tickets/${TICKET}`, ticket({ isClosed: true }))).not.toBe(before);
  });

  it('differs between guests and visitors who are signed in', async () => {
    expect(await etagOf('/', list(1), true)).not.toBe(await etagOf('/', list(1)));
  });

  it.each(['/sell', '/orders', `/orders/${ORDER}`, `/tickets/${TICKET}/edit`, '/auth/signin', '/nothing'])(
    'is absent for %s, which nobody shares',
    async (address) => {
      expect(await etagOf(address, success({ tickets: [], orders: [] }))).toBeUndefined();
    },
  );

  it.each([400, 404, 410, 503])('is absent when the API answers %i', async (status) => {
    expect(await etagOf('/', failure(status))).toBeUndefined();
    expect(await etagOf(`/tickets/${TICKET}`, failure(status))).toBeUndefined();
  });
});

describe('what the proxy has read', () => {
  it('reaches the page unchanged, and is not read again', async () => {
    const { http, paths } = api({ answer: success({ title: 'Käse ☕' }), user: { id: 'u' } });
    const { answers } = await readPageData(http, at(`/tickets/${TICKET}`), true);
    expect(Object.keys(answers).sort()).toEqual([`/api/tickets/${TICKET}`, '/api/users/currentuser']);
    paths.length = 0;
    const once = readOnce(http, unpackAnswers(packAnswers(answers)));
    expect(await once('GET', `/api/tickets/${TICKET}`)).toMatchObject({ data: { title: 'Käse ☕' } });
    expect(paths).toEqual([]);
  });

  it('renews the session in the browser, and is not in what the page gets', async () => {
    const line = 'session=renewed; Path=/; HttpOnly';
    const http: Http = (_method, address) =>
      Promise.resolve(
        address === '/api/users/currentuser'
          ? { ...success({ currentUser: { id: 'u', email: 'u@example.com', confirmed: true } }), setCookie: [line] }
          : success({}),
      );
    for (const address of [`/tickets/${TICKET}`, '/', '/tickets/new', '/account']) {
      const { answers, setCookie } = await readPageData(http, at(address), true);
      expect(setCookie).toEqual([line]);
      expect(JSON.stringify(answers)).not.toContain('renewed');
    }
  });

  it('does not prevent one read of each other path, and every write', async () => {
    const { http, paths } = api({ answer: success({}) });
    const once = readOnce(http, unpackAnswers(null));
    await Promise.all([once('GET', '/a'), once('GET', '/a'), once('POST', '/a'), once('POST', '/a')]);
    expect(paths).toEqual(['/a', '/a', '/a']);
  });
});
