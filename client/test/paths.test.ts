import { describe, expect, it } from '@jest/globals';
import { sessionCookie } from '../src/lib/api.ts';
import { listHref, readFilters, ticketListPath } from '../src/lib/filters.ts';
import { safeNextPath } from '../src/lib/next-path.ts';
import { mainRead } from '../src/lib/reads.ts';

describe('where sign-in leads', () => {
  it.each(['/', '/orders', '/tickets/abc?x=1', '/?q=jazz&sort=price'])('is %s', (path) => {
    expect(safeNextPath(path)).toBe(path);
  });

  it.each([
    ...['https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example'],
    ...['/.//evil.example', '/..//evil.example', '/%2e//evil.example', 'javascript:alert(1)', 'orders', ''],
    ...['/api/users/signout', '/auth/signin?next=/', '/auth', '/_next/static/x.js', `/${'a'.repeat(1001)}`],
    ...[undefined, null, 7, ['/orders']],
  ])('is never %s', (value) => {
    expect(safeNextPath(value)).toBe('/');
  });
});

describe('the cookie that goes to the services', () => {
  it('is the sign-in cookie alone, as it was signed', () => {
    expect(sessionCookie('theme=dark; session=eyJ0==; other=1; session.sig=a-b_c')).toBe(
      'session=eyJ0==; session.sig=a-b_c',
    );
    expect(sessionCookie('session=eyJ0%3D%3D; session.sig=a-b_c')).toBe('session=eyJ0==; session.sig=a-b_c');
    expect(sessionCookie('mysession=1; sessions=2; xsession.sig=3; session')).toBeUndefined();
    expect(sessionCookie(null)).toBeUndefined();
  });
});

describe("the list's address", () => {
  it('says what the API is asked', () => {
    const query = { q: ' jazz ', min: '$5', max: '1,000', from: '2026-12-01', to: '2026-12-31', sort: '-price' };
    expect(Object.fromEntries(new URL(ticketListPath(query), 'http://x').searchParams)).toEqual({
      limit: '24',
      sort: '-price',
      search: 'jazz',
      minPrice: '500',
      maxPrice: '100000',
      after: '2026-11-30T10:00:00.000Z',
      before: '2027-01-01T12:00:00.000Z',
    });
    expect(listHref(readFilters(query))).toBe(
      '/?q=jazz&min=5.00&max=1000.00&from=2026-12-01&to=2026-12-31&sort=-price',
    );
  });

  it('asks for nothing that the API would refuse', () => {
    const wild = { q: '\0\ud800', min: 'x', max: ['9', '8'], from: '2026-02-30', to: 'never', sort: '$where' };
    const filters = readFilters(wild);
    expect(filters).toMatchObject({ q: '\ufffd', min: undefined, max: 900, from: '', to: '', sort: 'newest' });
    expect(Object.keys(filters.wrong).sort()).toEqual(['from', 'min', 'to']);
  });
});

describe("a page's main read", () => {
  it.each([
    ['/orders', '/api/orders?limit=20'],
    ['/orders/0123456789abcdef01234567-1', '/api/orders/0123456789abcdef01234567-1'],
    ['/tickets/0123456789abcdef01234567', '/api/tickets/0123456789abcdef01234567'],
    ['/tickets/0123456789abcdef01234567/edit', '/api/tickets/0123456789abcdef01234567'],
    ['/tickets/mine', undefined],
    ['/tickets/..%2Fmine', undefined],
    ['/tickets/%E0%A4%A', undefined],
    ['/tickets/new', undefined],
    ['/auth/signin', undefined],
    ['/nothing/at/all', undefined],
  ])('of %s is %s', (path, read) => {
    expect(mainRead(new URL(path, 'http://x'))).toBe(read);
  });
});
