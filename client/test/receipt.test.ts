import { describe, expect, it } from '@jest/globals';
import { cardName } from '../src/lib/card-name.ts';
import { shortNumber } from '../src/lib/short-number.ts';

describe('the short number', () => {
  it('of a ticket or a seller is the end of its id', () => {
    expect(shortNumber('6b04c1d2e3f4a5b6c7d8e9f0')).toBe('D8E9F0');
  });

  it('of an order tells the ticket, and which of its orders it is', () => {
    expect(shortNumber('6b04c1d2e3f4a5b6c7d8e9f0-12')).toBe('D8E9F0-12');
  });
});

describe('the name of a card', () => {
  it.each([
    ['visa', 'Visa ending in 4242'],
    ['amex', 'American Express ending in 4242'],
    ['cartes_bancaires', 'Cartes Bancaires ending in 4242'],
    ['unknown', 'Card ending in 4242'],
    ['constructor', 'Card ending in 4242'],
  ])('of the brand %s is %s', (brand, name) => {
    expect(cardName({ brand, last4: '4242' })).toBe(name);
  });
});
