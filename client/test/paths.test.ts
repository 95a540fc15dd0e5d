import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkPath, checkedPath, holdCookie, type KeptHold } from '../src/app/auth/_lib/kept-session.ts';
import { isFiltered, listHref, listQuery, readFilters, withoutEmptyParams } from '../src/lib/filters.ts';
import { packHold, unpackHold } from '../src/lib/hold-intent.ts';
import { newsIn } from '../src/lib/news.ts';
import { safeNextPath } from '../src/lib/next-path.ts';
import { sessionCookie, setsSession } from '../src/lib/session-cookie.ts';

describe('safeNextPath', () => {
  it.each(['/', '/orders', '/tickets/abc?x=1', '/?q=jazz&sort=price'])('keeps %s, a path of this site', (path) => {
    expect(safeNextPath(path)).toBe(path);
  });

  it.each([
    ...['https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example'],
    ...['/.//evil.example', '/..//evil.example', '/%2e//evil.example', 'javascript:alert(1)', 'orders', ''],
    ...['/api/users/signout', '/auth/signin?next=/', '/auth', '/_next/static/x.js', `/${'a'.repeat(1001)}`],
    ...[undefined, null, 7, ['/orders']],
  ])('replaces %s by the list', (value) => {
    expect(safeNextPath(value)).toBe('/');
  });
});

describe('the check after signing in without scripts', () => {
  const BASE = 'http://here.invalid';
  let placed: KeptHold[] = [];
  const place = (hold: KeptHold) => {
    placed.push(hold);
    return Promise.resolve('/orders/6b04c1d2e3f4a5b6c7d8e9f0-1');
  };
  const check = async (cookie: string | null, next: string, hold?: KeptHold) =>
    new URL(await checkedPath(cookie, new URL(checkPath(next, hold?.intent), BASE).searchParams, place), BASE);
  const hold: KeptHold = {
    intent: { ticketId: '6b04c1d2e3f4a5b6c7d8e9f0', expectedPrice: { amount: 6550, currency: 'gbp' } },
    key: '0123456789abcdef0123456789abcdef',
  };
  const ofHold = `auth-hold=${holdCookie.pack(hold)}`;

  beforeEach(() => {
    placed = [];
  });

  it.each(['/', '/orders/6b04c1d2e3f4a5b6c7d8e9f0-1', '/tickets/abc?news=ticket-sold'])(
    'leads to %s when the browser has kept the session',
    async (next) => {
      for (const cookie of ['session=eyJ0', 'a=1; __Host-session=eyJ0'])
        expect((await check(cookie, next)).href).toBe(BASE + next);
      expect(placed).toEqual([]);
    },
  );

  it('places the order that the visitor has signed in for, under the same key however often it is asked for', async () => {
    for (let times = 0; times < 2; times++)
      expect((await check(`session=eyJ0; ${ofHold}`, '/', hold)).pathname).toMatch(/^\/orders\//);
    expect(placed).toEqual([hold, hold]);
  });

  it('places nothing in a browser that keeps no cookies, and keeps what the visitor wanted', async () => {
    const { pathname, searchParams } = await check(null, '/', hold);
    expect(pathname).toBe('/auth/signin');
    expect(unpackHold(searchParams.get('hold'))).toEqual(hold.intent);
    expect(placed).toEqual([]);
  });

  it('places nothing that only an address asks for, or only an earlier sign-in', async () => {
    const query = new URLSearchParams({ hold: packHold(hold.intent) });
    expect(await checkedPath('session=eyJ0; auth-hold=nothing', query, place)).toBe('/');
    expect((await check(`session=eyJ0; ${ofHold}`, '/sell')).pathname).toBe('/sell');
    expect(placed).toEqual([]);
  });

  it('leads to the form, which tells that cookies may be blocked, when it has not', async () => {
    for (const cookie of [null, '', 'other=1']) {
      const { pathname, searchParams } = await check(cookie, '/sell');
      expect({ pathname, next: searchParams.get('next') }).toEqual({ pathname: '/auth/signin', next: '/sell' });
      expect(newsIn(Object.fromEntries(searchParams))).toEqual({
        tone: 'warn',
        text: expect.stringContaining('your browser may block cookies'),
      });
    }
  });

  it('never leads to another site', async () => {
    expect(await checkedPath('session=eyJ0', new URLSearchParams({ next: 'https://evil.example' }), place)).toBe('/');
  });
});

describe('sessionCookie', () => {
  it('keeps the session as it was set, and no other cookie', () => {
    expect(sessionCookie('theme=dark; session=eyJ0==; other=1')).toBe('session=eyJ0==');
    expect(sessionCookie('theme=dark; __Host-session=eyJ0==; other=1')).toBe('__Host-session=eyJ0==');
    expect(sessionCookie('session=eyJ0%3D%3D')).toBe('session=eyJ0==');
    expect(sessionCookie('mysession=1; sessions=2; session.sig=3; __Secure-session=4; session')).toBeUndefined();
    expect(sessionCookie(null)).toBeUndefined();
  });

  it('is told apart from other cookies that an answer sets', () => {
    expect(setsSession(['theme=dark; path=/', '__Host-session=eyJ0; path=/; secure'])).toBe(true);
    expect(setsSession(['session=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT'])).toBe(true);
    expect(setsSession(['auth-form=session=; Path=/auth'])).toBe(false);
  });
});

describe('the filters in the list’s address', () => {
  it('become the query of the API and a canonical address', () => {
    const filters = readFilters({
      q: ' jazz ',
      min: '$5',
      max: '1,000',
      from: '2026-12-01',
      to: '2026-12-31',
      sort: '-price',
    });
    expect(listQuery(filters)).toEqual({
      limit: 24,
      sort: '-price',
      search: 'jazz',
      currency: 'usd',
      minPrice: 500,
      maxPrice: 100_000,
      from: '2026-12-01',
      to: '2026-12-31',
    });
    expect(listHref(filters)).toBe(
      '/?q=jazz&currency=usd&min=5.00&max=1000.00&from=2026-12-01&to=2026-12-31&sort=-price',
    );
  });

  it.each([
    ['/?q=&category=&city=&from=&to=&currency=&min=&max=&sort=', '/'],
    ['/?q=AC%2FDC+live&city=&min=5&sort=', '/?q=AC%2FDC+live&min=5'],
    ['/?q', '/'],
    ['/?q=jazz', undefined],
    ['/?q=0&min=0', undefined],
    ['/', undefined],
    ['/auth/signin?next=', undefined],
  ])('have a shorter one without empty parameters: %s', (address, shorter) => {
    const url = withoutEmptyParams(new URL(address, 'http://here.invalid'));
    expect(url?.href).toBe(shorter === undefined ? undefined : `http://here.invalid${shorter}`);
  });

  it('have as many characters as the API allows, as it counts them', () => {
    const { q, city } = readFilters({ q: '🎸'.repeat(101), city: 'e\u0301'.repeat(81) });
    expect([q, city]).toEqual(['🎸'.repeat(100), 'é'.repeat(80)]);
  });

  it('have the category and the city', () => {
    const filters = readFilters({ category: 'concert', city: ' Köln\0 ' });
    expect(listQuery(filters)).toEqual({ limit: 24, sort: 'newest', category: 'concert', city: 'Köln' });
    expect(listHref(filters)).toBe('/?category=concert&city=K%C3%B6ln');
    expect(
      [{ category: 'concert' }, { city: 'Köln' }, { category: 'circus' }].map(readFilters).map(isFiltered),
    ).toEqual([true, true, false]);
  });

  it.each([
    [{ sort: 'price' }, 'newest', 'To sort by price, choose a currency.'],
    [{ sort: '-price', currency: 'xxx' }, 'newest', 'To sort by price, choose a currency.'],
    [{ sort: '-price', currency: 'eur' }, '-price', undefined],
    [{ sort: 'price', min: '5' }, 'price', undefined],
  ])('sort by price only within one currency: %j', (query, sort, problem) => {
    const filters = readFilters(query);
    expect([filters.sort, filters.wrong.sort?.text]).toEqual([sort, problem]);
  });

  it('read prices in the chosen currency', () => {
    const filters = readFilters({ currency: 'jpy', min: '5000', max: '10,000' });
    expect(listQuery(filters)).toMatchObject({ currency: 'jpy', minPrice: 5000, maxPrice: 10_000 });
    expect(listHref(filters)).toBe('/?currency=jpy&min=5000&max=10000');
    expect(listQuery(readFilters({ currency: 'xxx' }))).toEqual({ limit: 24, sort: 'newest' });
    expect(listQuery(readFilters({ currency: 'jpy' }))).toMatchObject({ currency: 'jpy' });
    expect(isFiltered(readFilters({ currency: 'jpy' }))).toBe(true);
  });

  it.each([
    [{ min: '50', max: '20' }, { max: 'This is below the min. price. Filter ignored.' }],
    [{ from: '2026-12-04', to: '2026-12-03' }, { to: 'This is before the first date. Filter ignored.' }],
    [{ to: '9999-12-31' }, { to: 'Enter a date in the years 2000 to 2099. Filter ignored.' }],
    [{ min: 'cheap' }, { min: 'Enter a price like 49 or 49.50. Filter ignored.' }],
  ])('are ignored with the reason when they contradict each other or can not be read: %j', (query, reasons) => {
    const { wrong } = readFilters(query);
    expect(Object.fromEntries(Object.entries(wrong).map(([name, { text }]) => [name, text]))).toEqual(reasons);
  });

  it('are omitted and reported when the API would refuse them', () => {
    const wild = { q: '\0\ud800', min: 'x', max: ['9', '8'], from: '2026-02-30', to: 'never', sort: '$where' };
    const filters = readFilters(wild);
    expect(filters).toMatchObject({ q: '\ufffd', min: undefined, max: 900, from: '', to: '', sort: 'newest' });
    expect(Object.keys(filters.wrong).sort()).toEqual(['from', 'min', 'to']);
  });
});
