import { describe, expect, it } from '@jest/globals';
import { searchText, withFacets, withWord, wordsIn } from '../src/search-text.ts';
import { keywords, queryWords } from '../src/words.ts';

const listing = { category: 'concert', city: 'Köln, Germany' };
const text = searchText(keywords('Jazz & R.E.M. in Köln'), listing);

describe('the text of a ticket for searches', () => {
  it.each(['jazz', 'ja', 'rem', 'koeln', 'kol'])('has a word that begins with %s', (query) => {
    for (const word of queryWords(query)) expect(withWord(word).test(text)).toBe(true);
  });

  it.each(['azz', 'jazzy', 'germany', 'concert'])('has no word that begins with %s', (query) => {
    for (const word of queryWords(query)) expect(withWord(word).test(text)).toBe(false);
  });

  it('has a word in any of its spellings', () => {
    expect(withWord(['muller', 'jaz']).test(text)).toBe(true);
  });

  it.each([
    [{ category: 'concert' }, true],
    [{ city: 'koeln' }, true],
    [{ category: 'concert', city: 'Köln' }, true],
    [{ category: 'sport' }, false],
    [{ category: 'conc' }, false],
    [{ city: 'Kö' }, false],
    [{ category: 'concert', city: 'Bonn' }, false],
  ])('is found by %j: %s', (query, isFound) => {
    expect(withFacets(query).every((pattern) => pattern.test(text))).toBe(isFound);
  });

  it('has no category and no city when the ticket has none, or a city without a letter', () => {
    expect(searchText(['jazz'], {})).toBe(' jazz ');
    expect(searchText(['jazz'], { city: '?!' })).toBe(' jazz ');
    expect(searchText([], {})).toBe(' ');
  });

  it('gives back its words, without category and city', () => {
    expect(wordsIn(searchText(['jazz', 'koln'], listing))).toEqual(['jazz', 'koln']);
  });
});
