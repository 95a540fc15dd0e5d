import { describe, expect, it } from '@jest/globals';
import { readFilters, type Query } from '../src/lib/filters.ts';
import { neighbours, readTrail } from '../src/lib/list-trail.ts';

const queryOf = (href: string): Query => Object.fromEntries(new URL(href, 'http://here.invalid').searchParams);
const pagesOf = (href: string, next: string | null) => {
  const query = queryOf(href);
  return neighbours(readFilters(query), readTrail(query), next);
};

describe('the pages of the list', () => {
  it('lead forward and back over the same addresses, with the search', () => {
    const forward = ['/?q=opera'];
    for (const cursor of ['c2', 'c3', 'c4', 'c5']) forward.push(pagesOf(forward.at(-1) ?? '', cursor).next ?? 'none');
    const back = [forward.at(-1) ?? ''];
    while (back.length < forward.length) back.push(pagesOf(back.at(-1) ?? '', null).previous ?? 'none');
    expect(back).toEqual([...forward].reverse());
    expect(pagesOf('/?q=opera', null)).toEqual({ previous: undefined, next: undefined });
  });

  it('have addresses that do not grow without end, with a way back to the first page', () => {
    let href = '/';
    for (let page = 2; page < 40; page++) href = pagesOf(href, `c${page}`).next ?? 'none';
    expect(href.length).toBeLessThan(100);
    for (let steps = 0; steps < 20 && href !== '/'; steps++) href = pagesOf(href, null).previous ?? 'none';
    expect(href).toBe('/');
  });
});
