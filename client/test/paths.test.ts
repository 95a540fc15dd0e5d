import { describe, expect, it } from '@jest/globals';
import type { Ticket } from '../src/api/types.ts';
import { listHref, listQuery, onDays, readFilters } from '../src/lib/filters.ts';
import { safeNextPath } from '../src/lib/next-path.ts';
import { sessionCookie } from '../src/lib/session-cookie.ts';

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

describe('sessionCookie', () => {
  it('keeps the session and its signature as they were signed, and no other cookie', () => {
    expect(sessionCookie('theme=dark; session=eyJ0==; other=1; session.sig=a-b_c')).toBe(
      'session=eyJ0==; session.sig=a-b_c',
    );
    expect(sessionCookie('session=eyJ0%3D%3D; session.sig=a-b_c')).toBe('session=eyJ0==; session.sig=a-b_c');
    expect(sessionCookie('mysession=1; sessions=2; xsession.sig=3; session')).toBeUndefined();
    expect(sessionCookie(null)).toBeUndefined();
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
      minPrice: 500,
      maxPrice: 100_000,
      after: '2026-11-30T10:00:00.000Z',
      before: '2027-01-01T12:00:00.000Z',
    });
    expect(listHref(filters)).toBe('/?q=jazz&min=5.00&max=1000.00&from=2026-12-01&to=2026-12-31&sort=-price');
  });

  it('are omitted and reported when the API would refuse them', () => {
    const wild = { q: '\0\ud800', min: 'x', max: ['9', '8'], from: '2026-02-30', to: 'never', sort: '$where' };
    const filters = readFilters(wild);
    expect(filters).toMatchObject({ q: '\ufffd', min: undefined, max: 900, from: '', to: '', sort: 'newest' });
    expect(Object.keys(filters.wrong).sort()).toEqual(['from', 'min', 'to']);
  });

  it('keep only events on the requested days, in the time zone of the event', () => {
    const filters = readFilters({ from: '2026-12-04', to: '2026-12-04' });
    const isKept = (event: Pick<Ticket, 'startsAt' | 'timeZone'>) => onDays(event as Ticket, filters);
    expect(isKept({ startsAt: '2026-12-05T03:00:00.000Z', timeZone: 'America/New_York' })).toBe(true);
    expect(isKept({ startsAt: '2026-12-05T03:00:00.000Z', timeZone: 'UTC' })).toBe(false);
    expect(isKept({ startsAt: '2026-12-03T11:00:00.000Z', timeZone: 'Pacific/Kiritimati' })).toBe(true);
    expect(isKept({})).toBe(false);
  });
});
