import { describe, expect, it } from '@jest/globals';
import { FORMATS } from '../src/lib/formats.ts';
import { CURRENCIES } from '@ticketing/common/currencies';
import { decimalsOf } from '@ticketing/common/decimals';
import { formatMoney, parsePrice, plainAmount, readPrice } from '../src/lib/money.ts';

describe('parsePrice', () => {
  it.each([
    ['49', 'usd', 4900],
    ['49.5', 'usd', 4950],
    ['49.50', 'usd', 4950],
    ['49,50', 'eur', 4950],
    ['$1,250', 'usd', 125_000],
    ['1.250', 'eur', 125_000],
    ['1.250,50 €', 'eur', 125_050],
    ['€1,250.50', 'eur', 125_050],
    ['1 250', 'sek', 125_000],
    ["1'250.50", 'chf', 125_050],
    ['CHF 49', 'chf', 4900],
    ['A$49', 'aud', 4900],
    ['49 kr', 'dkk', 4900],
    ['1,234,567.89', 'usd', 123_456_789],
    ['６５', 'usd', 6500],
    ['6,500', 'jpy', 6500],
    ['¥6500', 'jpy', 6500],
    ['0.29', 'usd', 29],
    ['1.15', 'usd', 115],
    ['0', 'usd', 0],
    ['$45 USD', 'usd', 4500],
    ['US$ 45', 'usd', 4500],
    ['45 us dollars', 'usd', 4500],
    ['45 zł', 'pln', 4500],
    ['45 zl', 'pln', 4500],
    ['500 Ft', 'huf', 50_000],
    ['4.500 kr.', 'isk', 450_000],
    ['R$ 45,90', 'brl', 4590],
    ['45 د.إ.\u200f', 'aed', 4500],
    ['1\u202f250,50 €', 'eur', 125_050],
    ['12.5', 'kwd', 12_500],
    ['12.500', 'kwd', 12_500],
    ['KD 12.500', 'kwd', 12_500],
    ['0.500', 'kwd', 500],
    ['0,500', 'tnd', 500],
    ['12,50', 'tnd', 12_500],
    ['1 250,500 DT', 'tnd', 1_250_500],
    ['1,250.500', 'omr', 1_250_500],
    ['1.250,500', 'tnd', 1_250_500],
    ['1,250,000', 'jod', 1_250_000_000],
    ['1.250.000', 'jod', 1_250_000_000],
    ['1250,500', 'tnd', 1_250_500],
    ["1'250", 'bhd', 1_250_000],
  ])('reads %s %s', (typed, currency, amount) => {
    expect(parsePrice(typed, currency)).toBe(amount);
  });

  it.each([
    ['', 'usd'],
    ['a lot', 'usd'],
    ['-5', 'usd'],
    ['1e3', 'usd'],
    ['49.999.9', 'usd'],
    ['1,25,000', 'usd'],
    ['1,250,50', 'usd'],
    ['49.', 'usd'],
    ['.50', 'usd'],
    ['49.5', 'jpy'],
    ['49.1234', 'usd'],
    ['99999999999999999999', 'usd'],
    ['0.500', 'usd'],
    ['0,500', 'eur'],
    ['00.500', 'usd'],
    ['1.5.0', 'usd'],
    ['4 5', 'usd'],
    ['45 50', 'usd'],
    ['1 2500', 'usd'],
    ['4€50', 'eur'],
    ['$-5', 'usd'],
    ['(45)', 'usd'],
    ['45%', 'usd'],
    // A thousand and more, or a little more than one.
    ['1,250', 'kwd'],
    ['TND 12,500', 'tnd'],
    ['1.2505', 'kwd'],
  ])('refuses to guess what %s %s means', (typed, currency) => {
    expect(parsePrice(typed, currency)).toBeUndefined();
  });
});

describe('readPrice', () => {
  it.each([
    ['45 EUR', 'usd'],
    ['45€', 'usd'],
    ['$45', 'eur'],
    ['£45', 'egp'],
    ['C$45', 'cop'],
    ['A$45', 'usd'],
    ['$45 CAD', 'usd'],
    ['45 kr', 'eur'],
    ['45 each', 'usd'],
    ['USD 45', 'not a code'],
  ])('does not take %s for an amount in %s', (typed, currency) => {
    expect(readPrice(typed, currency)).toEqual({ problem: 'other-currency' });
  });

  it('takes the code, the sign and the amount that we show in every currency for an amount in it', () => {
    for (const currency of CURRENCIES) {
      const price = { amount: 123_400, currency };
      for (const typed of [formatMoney(price, 'en-GB'), `${plainAmount(price)} ${currency}`])
        expect([typed, readPrice(typed, currency)]).toEqual([typed, { amount: 123_400 }]);
    }
  });

  it.each(FORMATS)('takes the amounts that are shown as in %s', (format) => {
    // Not with three decimals, where a comma may be the sign of thousands.
    for (const currency of CURRENCIES.filter((code) => decimalsOf(code) !== 3)) {
      const amount = decimalsOf(currency) === 0 ? 98_700 : 1_234_550;
      const typed = formatMoney({ amount, currency }, format);
      expect([typed, readPrice(typed, currency)]).toEqual([typed, { amount }]);
    }
  });
});

describe('formatMoney and plainAmount', () => {
  it('write amounts exactly, however large', () => {
    expect(formatMoney({ amount: 4950, currency: 'usd' }, 'en-GB')).toBe('$49.50');
    expect(formatMoney({ amount: 4900, currency: 'gbp' }, 'en-GB')).toBe('£49');
    expect(formatMoney({ amount: 150_000, currency: 'isk' }, 'en-GB')).toBe('ISK\u00a01,500');
    expect(formatMoney({ amount: 6500, currency: 'jpy' }, 'en-GB')).toBe('¥6,500');
    expect(formatMoney({ amount: 9_007_199_254_740_991, currency: 'eur' }, 'en-GB')).toBe('€90,071,992,547,409.91');
    expect(plainAmount({ amount: 5, currency: 'usd' })).toBe('0.05');
    expect(formatMoney({ amount: 12_500, currency: 'kwd' }, 'en-GB')).toBe('KWD\u00a012.500');
    expect(formatMoney({ amount: 12_000, currency: 'kwd' }, 'en-GB')).toBe('KWD\u00a012');
    expect(plainAmount({ amount: 12_500, currency: 'kwd' })).toBe('12.500');
  });
});
