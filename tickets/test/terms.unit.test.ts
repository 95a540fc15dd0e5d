import { describe, expect, it } from '@jest/globals';
import { dateTerms, pairTerms, prefixTerm, priceTerms, termsOf } from '../src/models/terms.ts';
import { numbersFrom } from './marketplace.ts';

const ticket = (keywords: string[], amount = 2000, startsAt?: string) => ({
  ...{ keywords, title: 'A title', price: { amount, currency: 'usd' } },
  ...(startsAt !== undefined && { startsAt }),
});

describe('the terms of a ticket', () => {
  it('are all beginnings of its words, its pairs of words, its band of prices, and its date', () => {
    expect(termsOf(ticket(['jazz', 'u2', 'bar'], 2000, '2031-06-01T18:00:00.000Z')).sort()).toEqual(
      [
        ...['', 'j', 'ja', 'jaz', 'jazz', 'u', 'u2', 'b', 'ba', 'bar', 'bar jaz'],
        ...['price:40', 'date:2031-06-0', 'year:2031'],
      ].sort(),
    );
  });

  it('hold no date without a start', () => {
    expect(termsOf(ticket([]))).toEqual(['', 'price:40']);
  });

  it('hold the first 12 letters of a word, each of which may take two characters', () => {
    const long = '𝔸'.repeat(13);
    const terms = termsOf(ticket([long]));
    expect(terms).toContain('𝔸'.repeat(12));
    expect(terms).not.toContain(long);
    expect(prefixTerm(long)).toBe('𝔸'.repeat(12));
    expect(terms.every((term) => term.isWellFormed())).toBe(true);
  });

  it('number fewer than 500 for the longest title and venue', () => {
    const words = Array.from({ length: 60 }, (_, index) => (index + 50_000).toString(36));
    expect(termsOf(ticket(words, 2000, '2031-06-01T18:00:00.000Z')).length).toBeLessThan(500);
  });
});

const shared = (one: string[], other: string[]) => one.filter((term) => other.includes(term));

describe('the terms of a filter', () => {
  it.each([
    ['jazz', 'bar', ['jazz', 'bar']],
    ['barb', 'jazzy', ['jazzy', 'club', 'barbican']],
    ['concert', 'concordia', ['concordia', 'concert']],
    [
      'fourteen',
      'seventeen',
      Array.from({ length: 30 }, (_, index) => ['fourteen', 'x', 'seventeen'][index] ?? `w${index}x`),
    ],
  ])('of two words, %s and %s, include one of each ticket that has both', (one, other, words) => {
    expect(shared(pairTerms(one, other) ?? [], termsOf(ticket(words)))).not.toEqual([]);
    expect(shared(pairTerms(other, one) ?? [], termsOf(ticket(words)))).not.toEqual([]);
  });

  it('of two words do not exist when one may be the beginning of several words', () => {
    expect(pairTerms('u2', 'concert')).toBeUndefined();
  });

  it('of prices include exactly one of each ticket within them, and are fewer than 200', () => {
    const random = numbersFrom(3);
    const amount = () => Math.floor(99_999_999 ** random());
    for (let time = 0; time < 500; time++) {
      const [min = 0, price = 0, max = 0] = [amount(), amount(), amount()].sort((a, b) => a - b);
      expect({ min, price, max, shared: shared(priceTerms(min, max), termsOf(ticket([], price))).length }).toEqual({
        ...{ min, price, max, shared: 1 },
      });
    }
    expect(priceTerms(1, 99_999_999).length).toBeLessThan(200);
    expect(priceTerms(500, 100)).toEqual([]);
  });

  it('of dates include exactly one of each ticket within them, and are fewer than 200', () => {
    const random = numbersFrom(4);
    const instant = () => new Date(Date.UTC(2027, 0) + random() ** 3 * 10 * 365 * 86_400_000).toISOString();
    for (let time = 0; time < 500; time++) {
      const [from = '', start = '', to = ''] = [instant(), instant(), instant()].sort();
      expect({ from, start, to, shared: shared(dateTerms(from, to), termsOf(ticket([], 1, start))).length }).toEqual({
        ...{ from, start, to, shared: 1 },
      });
    }
    expect(dateTerms('2027-01-01T00:00:00.000Z', '2037-12-31T00:00:00.000Z').length).toBeLessThan(200);
    expect(dateTerms('2031-06-01T00:00:00.000Z', '2031-05-01T00:00:00.000Z')).toEqual([]);
  });
});
