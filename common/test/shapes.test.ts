import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { offerTag, stillOffersTagged } from '@ticketing/common';
import {
  CATEGORIES,
  CURRENCIES,
  currencyOf,
  email,
  listingInput,
  MAX_AMOUNT,
  moneyInput,
  offerTagInput,
  listingShape,
  offerShape,
  pickListing,
  pickOffer,
  priceInput,
  problemOf,
  sameOffer,
  stillOffers,
  text,
} from '@ticketing/common/shapes';
import type { Listing } from '@ticketing/common/shapes';
import { decimalsOf } from '@ticketing/common/decimals';
import { documentSchema } from '@ticketing/core/mongo';
import { model } from 'mongoose';
import { z } from 'zod';

const NOW = new Date('2030-01-01T00:00:00Z');
const input = listingInput(() => NOW);

/** A listing with a value for every field, also for fields that this file does not mention. */
const filled = (value: string, known: Partial<Listing>) =>
  ({
    ...Object.fromEntries(Object.keys(listingShape.shape).map((name) => [name, value])),
    ...known,
  }) as Required<Listing>;

const listing = filled('this', {
  title: 'Concert',
  category: 'concert',
  price: { amount: 2000, currency: 'usd' },
  faceValue: { amount: 1500, currency: 'usd' },
  startsAt: '2030-06-01T20:00:00.000Z',
  timeZone: 'Europe/Berlin',
  notes: 'Row 3\nseat 4',
});
const other = filled('that', {
  price: { amount: 2001, currency: 'usd' },
  faceValue: { amount: 1500, currency: 'eur' },
});

describe('the catalog of fields', () => {
  it('imports nothing but zod, the currencies and their decimals, so that browsers can use it', () => {
    const importsOf = (file: string) => {
      const source = readFileSync(path.join(import.meta.dirname, '../src', file), 'utf8');
      return new Set([...source.matchAll(/\bfrom '([^']+)'|\bimport\(/g)].map(([, name]) => name));
    };
    expect(importsOf('shapes.ts')).toEqual(new Set(['zod', './currencies.ts']));
    expect(importsOf('currencies.ts')).toEqual(new Set(['./decimals.ts']));
    expect(importsOf('decimals.ts')).toEqual(new Set());
  });
});

describe('a listing', () => {
  it('is stored normalized, with the start in UTC', () => {
    const spaced = { ...listing, title: '  Concert ', startsAt: '2030-06-01T22:00:00+02:00' };
    expect(input.parse(spaced)).toEqual(listing);
    expect(listingShape.parse(listing)).toEqual(listing);
  });

  it('stays valid when it was stored under former rules', () => {
    const old = {
      ...listing,
      ...{ title: 'x'.repeat(500), startsAt: '2020-01-01T00:00:00.000Z', timeZone: 'Mars/Olympus', category: 'circus' },
    };
    expect(listingShape.parse(old)).toEqual(old);
  });

  it.each([
    ['now', '2030-01-01T00:00:00Z', 'in-the-past'],
    ['in over ten years', '2040-01-02T00:00:00Z', 'too-far'],
    ['on a day that does not exist', '2030-02-29T00:00:00Z', 'invalid-instant'],
  ])('is rejected by the given clock when it starts %s', (_, startsAt, code) => {
    expect(problemOf('startsAt', input.shape.startsAt, startsAt)).toMatchObject({ code, field: 'startsAt' });
    expect(problemOf('startsAt', input.shape.startsAt, '2030-01-01T00:00:01Z')).toBeUndefined();
  });
});

describe('the optional fields of a listing', () => {
  it.each(CATEGORIES)('have the category %s', (category) => {
    expect(problemOf('category', input.shape.category, category)).toBeUndefined();
  });

  it.each([
    ['category', 'circus', 'invalid-format', 'category'],
    ['category', 7, 'invalid-type', 'category'],
    ['category', '', 'invalid-format', 'category'],
    ['city', 'x'.repeat(81), 'too-long', 'city'],
    ['section', 'x'.repeat(41), 'too-long', 'section'],
    ['row', ' ', 'empty', 'row'],
    ['seat', 12, 'invalid-type', 'seat'],
    ['restrictions', 'over\n18', 'invalid-characters', 'restrictions'],
    ['restrictions', 'x'.repeat(201), 'too-long', 'restrictions'],
    ['faceValue', 4900, 'invalid-type', 'faceValue'],
    ['faceValue', { amount: 49.5, currency: 'eur' }, 'not-an-integer', 'faceValue.amount'],
    ['faceValue', { amount: 0, currency: 'eur' }, 'out-of-range', 'faceValue.amount'],
    ['faceValue', { amount: 4900, currency: 'EUR' }, 'unknown-currency', 'faceValue.currency'],
  ] as const)('reject %s when it is %j with %s', (name, value, code, field) => {
    expect(problemOf(name, input.shape[name], value)).toMatchObject({ code, field });
  });

  it('are stored without surrounding white space, and a face value below the smallest payment is one', () => {
    expect(input.shape.row.parse(' F ')).toBe('F');
    expect(problemOf('faceValue', input.shape.faceValue, { amount: 1, currency: 'usd' })).toBeUndefined();
  });
});

describe('text', () => {
  const { title, notes } = input.shape;

  it.each([
    ['line ends as LF', 'a\r\nb\rc\nd', 'a\nb\nc\nd'],
    ['other line ends as LF', 'a\u2028b\u0085c', 'a\nb\nc'],
    ['tabs as spaces', 'Row\tF', 'Row F'],
    ['composed Unicode', 'Cafe\u0301', 'Café'],
    ['no control of the direction', '\u202eoiledif\u202c \u2067a\u2069', 'oiledif a'],
    ['joiners of one letter or emoji', 'می‌خواهم 👩‍👩‍👧', 'می‌خواهم 👩‍👩‍👧'],
    ['right-to-left text', '\u200fمسرح', '\u200fمسرح'],
  ])('is stored with %s', (_, given, stored) => {
    expect(notes.parse(given)).toBe(stored);
  });

  it('is counted as it is stored', () => {
    const lines = Array.from({ length: 40 }, () => 'x'.repeat(24)).join('\r\n');
    const decomposed = 'e\u0301'.repeat(120);
    expect(lines.length).toBe(1038);
    expect(problemOf('notes', notes, lines)).toBeUndefined();
    expect(problemOf('notes', notes, 'x'.repeat(1001))).toMatchObject({ code: 'too-long' });
    expect(problemOf('title', title, decomposed)).toBeUndefined();
    expect(problemOf('title', title, `${decomposed}x`)).toMatchObject({ code: 'too-long' });
  });

  it.each([
    ['spaces', '   '],
    ['a zero width space', '\u200b'],
    ['a Hangul filler', '\u3164'],
    ['a soft hyphen', '\u00ad'],
    ['an empty braille pattern', '\u2800'],
    ['an override of the direction', '\u202e'],
    ['a mark without a letter', '\u0301'],
    ['the place of an object', '\ufffc'],
    ['a Hangul initial filler', '\u115f'],
    ['a Hangul medial filler', '\u1160'],
    ['a half-width Hangul filler', '\uffa0'],
    ['an annotation anchor', '\ufff9'],
    ['a Mongolian vowel separator', '\u180e'],
    ['a Khmer inherent vowel', '\u17b4'],
    ['a variation selector', '\ufe0f'],
    ['a tag', '\u{e0061}'],
    ['a combining grapheme joiner', '\u034f'],
    ['a note without a head', '\u{1d159}'],
    ['the begin of a musical beam', '\u{1d173}'],
    ['a blank hieroglyph', '\u{13441}'],
    ['a noncharacter', '\uffff'],
    ['several of them', ' \u200b\u2060\ufeff\u115f\ufffc '],
  ])('is rejected as empty when it is only %s', (_, value) => {
    expect(problemOf('title', title, value)).toMatchObject({ code: 'empty' });
  });

  it('is rejected in one line when it has a line end within it, and anywhere with other control characters', () => {
    for (const value of ['a\nb', 'a\rb', 'a\u2028b', 'a\0b', 'a\u001bb', 'a\u009bb'])
      expect(problemOf('title', title, value)).toMatchObject({ code: 'invalid-characters' });
    for (const value of ['a\0b', 'a\u000bb', 'a\u009bb', 'a\ud800b'])
      expect(problemOf('notes', notes, value)).toMatchObject({ code: 'invalid-characters' });
    expect(problemOf('search', text({ min: 0, max: 100 }), 'a\tb')).toBeUndefined();
  });
});

describe('an e-mail address', () => {
  it.each([
    ['surrounding spaces and capitals', ' Ann@Example.COM ', 'ann@example.com'],
    ['decomposed Unicode', 'jose\u0301@example.com', 'josé@example.com'],
    ['a domain outside ASCII', 'ann@münchen.example', 'ann@xn--mnchen-3ya.example'],
    ['a decomposed domain outside ASCII', 'ann@mu\u0308nchen.example', 'ann@xn--mnchen-3ya.example'],
    ['that domain in ASCII', 'ann@XN--MNCHEN-3YA.example', 'ann@xn--mnchen-3ya.example'],
    ['a domain in wide letters', 'ann@ｅｘａｍｐｌｅ.com', 'ann@example.com'],
    ['a domain with marks', 'ann@उदाहरण.example', 'ann@xn--p1b6ci4b4b3a.example'],
  ])('has one spelling with %s', (_, given, stored) => {
    expect(email.parse(given)).toBe(stored);
    expect(email.parse(stored)).toBe(stored);
  });

  it.each([
    'ann',
    'example.com',
    'ann@',
    '@example.com',
    'ann@example',
    'ann@example.com/path',
    'ann@example.com?query',
    'ann@example.com:80',
    'ann@example.com#x',
    'ann@exa%6dple.com',
    'ann@1.2.3.4',
    'ann@0x7f.1',
    'ann@[::1]',
    'ann@-example.com',
    'ann@example..com',
    'ann@example.com.',
    'a b@example.com',
  ])('is not %s', (given) => {
    expect(problemOf('email', email, given)).toMatchObject({ code: 'invalid-format' });
  });
});

describe('an offer', () => {
  const names = Object.keys(offerShape.shape) as (keyof typeof offerShape.shape)[];
  const offer = { ...listing, hasDelivery: true };
  const others = { ...other, hasDelivery: false };

  it.each(names)('differs when its %s has changed or was removed', (name) => {
    expect(sameOffer(offer, { ...offer, [name]: others[name] })).toBe(false);
    expect(sameOffer(offer, { ...offer, [name]: undefined })).toBe(false);
    expect(sameOffer({ ...offer, [name]: undefined }, offer)).toBe(false);
  });

  it('is the same with other further fields, and in any order of fields', () => {
    const reordered = Object.fromEntries(Object.entries(offer).reverse()) as typeof offer;
    const price = { currency: 'usd', amount: 2000 };
    const changed = { ...reordered, price, status: 'held' };
    expect(sameOffer(offer, changed)).toBe(true);
    expect(sameOffer({ title: 'a', price }, { title: 'a', price, venue: undefined, hasDelivery: false })).toBe(true);
  });

  it('has a tag that differs exactly when the offer does, whatever else a ticket has and in which order', () => {
    for (const name of names)
      for (const changed of [others[name], undefined])
        expect(offerTag({ ...offer, [name]: changed })).not.toBe(offerTag(offer));
    const { price, ...rest } = Object.fromEntries(Object.entries(offer).reverse()) as typeof offer;
    const reordered = { ...rest, status: 'held', price: { currency: price.currency, amount: price.amount } };
    expect(offerTag(reordered)).toBe(offerTag(offer));
    expect(offerTag({ title: 'a', price, venue: undefined, hasDelivery: false })).toBe(offerTag({ title: 'a', price }));
    expect(offerTagInput.safeParse(offerTag(offer)).success).toBe(true);
  });

  it('is still kept by a ticket to which its seller has added the ticket itself, and by none from which it was removed', () => {
    const bare = { ...offer, hasDelivery: false };
    for (const [ticket, seen, isKept] of [
      [offer, bare, true],
      [bare, offer, false],
      [offer, offer, true],
      [bare, bare, true],
      [{ ...offer, seat: '99' }, bare, false],
    ] as const)
      expect([stillOffers(ticket, seen), stillOffersTagged(ticket, offerTag(seen))]).toEqual([isKept, isKept]);
  });

  it('has the tag that earlier releases gave it, so that what a buyer has seen stays valid', () => {
    const seen = { title: 'Jazz "night"', price: { currency: 'usd', amount: 2000 }, venue: undefined, city: 'Łódź' };
    const json = '{"city":"Łódź","price":{"amount":2000,"currency":"usd"},"title":"Jazz \\"night\\""}';
    expect(offerTag(seen)).toBe(hash('sha256', json, 'base64url').slice(0, 22));
  });

  it('has all of its fields when it is picked, absent ones as undefined', () => {
    const bare = { title: 'a', price: listing.price, id: 'left out' };
    expect(Object.keys(pickOffer(bare))).toEqual(names);
    expect(Object.keys(pickListing(bare))).toEqual(Object.keys(listingShape.shape));
    expect(pickOffer(offer)).toEqual(offerShape.parse(offer));
  });
});

describe('money', () => {
  it.each([
    ['a number', 20, 'price', 'invalid-type'],
    ['a list', [], 'price', 'invalid-type'],
    ['an object without an amount', { currency: 'usd' }, 'price.amount', 'required'],
    ['an object with the amount null', { amount: null, currency: 'usd' }, 'price.amount', 'required'],
    ['wrong in both fields', { amount: 0, currency: 'USD' }, 'price.amount', 'out-of-range'],
    [
      'an object with an unknown and a wrong field',
      { amount: 0, currency: 'usd', tip: 1 },
      'price.tip',
      'unknown-field',
    ],
    [
      'an object with __proto__',
      JSON.parse('{"amount":1,"currency":"usd","__proto__":{}}'),
      'price.__proto__',
      'unknown-field',
    ],
  ])('has one problem, with the field, when it is %s', (_, value, field, code) => {
    expect(problemOf('price', moneyInput, value)).toEqual({ code, field, message: expect.any(String) });
  });
});

describe('the price of a listing', () => {
  it.each([
    ['usd', 49, 'out-of-range', 'at least 0.50 USD'],
    ['usd', 100_000_000, 'out-of-range', 'at most 999,999.99 USD'],
    ['jpy', 49, 'out-of-range', 'at least 50 JPY'],
    ['huf', 17_499, 'out-of-range', 'at least 175 HUF'],
    ['isk', 150_050, 'not-a-multiple', 'a multiple of 1 ISK'],
    ['kwd', 12_505, 'not-a-multiple', 'a multiple of 0.010 KWD'],
    ['kwd', 199, 'out-of-range', 'at least 0.200 KWD'],
  ])('in %s is refused with the limit when it is %d minor units', (currency, amount, code, limit) => {
    const message = expect.stringContaining(limit);
    expect(problemOf('price', priceInput, { amount, currency })).toEqual({ code, field: 'price.amount', message });
  });

  it.each([
    ['usd', 50],
    ['usd', 99_999_999],
    ['jpy', 99_999_999],
    ['isk', 150_000],
    ['kwd', 12_500],
    ['tnd', 99_999_990],
    ['idr', 150_000_000],
    ['idr', 999_999_999_999],
    ['twd', 2050],
  ])('in %s may be %d minor units', (currency, amount) => {
    expect(problemOf('price', priceInput, { amount, currency })).toBeUndefined();
  });

  it.each(CURRENCIES)('in %s has limits that are multiples of its step', (code) => {
    const { minimum, step, maximum } = currencyOf(code) ?? { minimum: 0, step: 0, maximum: 0 };
    expect([minimum % step, minimum > 0, maximum > minimum, maximum % step]).toEqual([0, true, true, 0]);
  });

  it.each(CURRENCIES)('in %s is refused with the limit as people write it, however far it is from it', (code) => {
    const { minimum, maximum } = currencyOf(code) ?? { minimum: 0, maximum: 0 };
    const decimals = decimalsOf(code);
    const written = (amount: number) => {
      const digits = String(amount).padStart(decimals + 1, '0');
      const [whole, fraction] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
      const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
      return `${groups}${/[^0]/.test(fraction) ? `.${fraction}` : ''} ${code.toUpperCase()}.`;
    };
    const messageFor = (amount: number) => problemOf('price', priceInput, { amount, currency: code })?.message;
    for (const amount of [maximum + 1, MAX_AMOUNT + 1, Number.MAX_SAFE_INTEGER])
      expect(messageFor(amount)).toBe(`The price must be at most ${written(maximum)}`);
    for (const amount of [minimum - 1, 0, -1])
      expect(messageFor(amount)).toBe(`The price must be at least ${written(minimum)}`);
  });
});

const newDocument = () => ({ _id: 'a', version: 0, changedAt: NOW.toISOString(), outbox: [] });

describe('a document of a schema made from a shape', () => {
  const stored = listingShape.extend({ seats: z.array(z.object({ row: z.int() })) });
  const Thing = model('Thing', documentSchema(stored));
  const good = { ...newDocument(), ...listing, seats: [{ row: 1 }] };
  const check = async (changes: object) => new Thing({ ...good, ...changes }).validate();

  it('is valid with all of its fields, or without the optional ones', async () => {
    await check({});
    const { title, price } = listing;
    await check({ ...pickListing({ title, price }) });
    expect(new Thing(good).toObject()).toMatchObject(good);
  });

  it.each([
    ['a required field is missing', { title: undefined }],
    ['a required part is missing', { price: undefined }],
    ['a field of a part is missing', { price: { amount: 1 } }],
    ['a number is text', { price: { amount: 'many', currency: 'usd' } }],
    ['a number is a fraction', { price: { amount: 1.5, currency: 'usd' } }],
    ['text is a number', { title: 7 }],
    ['text is an object', { title: { $gt: '' } }],
    ['text has another form', { price: { amount: 1, currency: 'US' } }],
    ['an item has another form', { seats: [{ row: 'A' }] }],
    ['a field is unknown', { admin: true }],
    ['a field of a part is unknown', { price: { amount: 1, currency: 'usd', tip: 1 } }],
    ['a part that is optional lacks a field', { faceValue: { amount: 1 } }],
    ['a field of an item is unknown', { seats: [{ row: 1, admin: true }] }],
  ])('is rejected when %s', async (_, changes) => {
    await expect(Promise.resolve().then(() => check(changes))).rejects.toThrow();
  });
});
