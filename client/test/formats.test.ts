import { describe, expect, it } from '@jest/globals';
import { DEFAULT_FORMAT, FORMATS, formatFor, formatNumber } from '../src/lib/formats.ts';
import { formatMoney } from '../src/lib/money.ts';
import { eventDateText } from '../src/lib/ticket-face.ts';
import { formatInstant } from '../src/lib/time.ts';

describe('how numbers and clocks are written for a visitor', () => {
  it.each([
    [undefined, 'en-GB'],
    ['', 'en-GB'],
    ['*', 'en-GB'],
    ['en-US,en;q=0.9', 'en-US'],
    ['en-GB,en-US;q=0.9', 'en-GB'],
    ['en;q=0.5, de-AT;q=0.9', 'nl-NL'],
    ['de', 'de-DE'],
    ['it-IT', 'de-DE'],
    ['pl', 'fr-FR'],
    ['fr-CA', 'fr-FR'],
    ['hi', 'en-IN'],
    ['ar-EG', 'en-US'],
    ['ja', 'en-GB'],
    ['zz, sv;q=0.3', 'fr-FR'],
    ['de;q=0, en-US', 'en-US'],
    ['de-DE-u-nu-arab, fr', 'fr-FR'],
    ['not a language; at all,,;;q', 'en-GB'],
  ])('is, with Accept-Language %j, as in %s', (header, format) => {
    expect(formatFor(header)).toBe(format);
  });

  it('is one of a few ways, each of which stands for itself', () => {
    expect(FORMATS.map((format) => formatFor(format))).toEqual([...FORMATS]);
    expect(FORMATS).toContain(DEFAULT_FORMAT);
  });

  it('has the signs of currencies that everybody has', () => {
    const amounts = [
      { amount: 125_050, currency: 'eur' },
      { amount: 125_050, currency: 'usd' },
      { amount: 125_050, currency: 'cad' },
    ];
    const shown = (format: (typeof FORMATS)[number]) =>
      amounts.map((amount) => formatMoney(amount, format).replace(/\s/g, ' '));
    expect(shown('en-GB')).toEqual(['€1,250.50', '$1,250.50', 'CA$1,250.50']);
    expect(shown('de-DE')).toEqual(['1.250,50 €', '1.250,50 $', '1.250,50 CA$']);
    expect(shown('fr-FR')).toEqual(['1 250,50 €', '1 250,50 $', '1 250,50 CA$']);
    expect(formatNumber(1234.56, 'de-DE')).toBe('1.234,6');
  });

  it('has clocks of 12 or of 24 hours, and the same words', () => {
    const [noon, night] = ['2026-12-04T11:05:00.000Z', '2026-12-04T23:30:00.000Z'];
    expect(eventDateText(noon, 'Europe/Berlin', 'de-DE')).toBe('Fri 4 Dec 2026, 12:05 CET');
    expect(eventDateText(noon, 'Europe/Berlin', 'en-US')).toBe('Fri 4 Dec 2026, 12:05\u00a0pm CET');
    expect(formatInstant(night, { zone: 'Europe/Berlin', locale: 'en-US' })).toBe('5 Dec 2026, 12:30\u00a0am CET');
    expect(formatInstant(night, { zone: 'UTC', locale: 'fr-FR' })).toBe('4 Dec 2026, 23:30 UTC');
    expect(formatInstant(night, { zone: 'UTC', locale: 'el-GR', withDate: false })).toBe('11:30\u00a0pm UTC');
  });
});
