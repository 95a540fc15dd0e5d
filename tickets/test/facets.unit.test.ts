import { describe, expect, it } from '@jest/globals';
import { facetKey, facetKeys } from '../src/facets.ts';
import { cityKey } from '../src/words.ts';

const price = { amount: 2000, currency: 'eur' };

describe('the key of a city', () => {
  it.each([
    ['accents', 'Łódź', 'lodz'],
    ['an umlaut as two letters', 'Muenchen', 'München'],
    ['an umlaut as one letter', 'Munchen', 'München'],
    ['å as two letters', 'Aarhus', 'Århus'],
    ['case and spaces', ' new  YORK', 'New York'],
    ['hyphens', 'Stratford upon Avon', 'Stratford-upon-Avon'],
    ['the country behind a comma', 'London, UK', 'London'],
    ['wide letters', '東京', '東京'],
  ])('is the same with other %s: %s and %s', (_, a, b) => {
    expect(cityKey(a)).toBe(cityKey(b));
    expect(cityKey(a)).not.toBe('');
  });

  it.each([
    ['York', 'New York'],
    ['Bern', 'Berlin'],
  ])('differs for %s and %s', (a, b) => {
    expect(cityKey(a)).not.toBe(cityKey(b));
  });

  it('is empty for a city without a letter or a digit', () => {
    expect(cityKey('?!')).toBe('');
  });
});

describe('the filters that find a listing', () => {
  const full = { title: 'a', price, category: 'concert', city: 'Köln' };
  const queries = [undefined, 'concert', 'sport'].flatMap((category) =>
    [undefined, 'koeln', 'Bonn'].flatMap((city) =>
      [undefined, 'eur', 'usd'].map((currency) => ({ category, city, currency })),
    ),
  );

  it.each(queries)('are those that it meets: %j', (query) => {
    const key = facetKey(query);
    const meets = query.category !== 'sport' && query.city !== 'Bonn' && query.currency !== 'usd';
    if (typeof key === 'string') expect(facetKeys(full)?.includes(key)).toBe(meets);
    else expect([query.category, query.city]).toEqual([undefined, undefined]);
  });

  it('are none by category and city when it has neither, or a city without a letter', () => {
    expect(facetKeys({ title: 'a', price })).toBeUndefined();
    expect(facetKeys({ title: 'a', price, city: '?!' })).toBeUndefined();
    expect(facetKey({ city: '?!' })).toBeNull();
  });
});
