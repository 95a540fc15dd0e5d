import { describe, expect, it } from '@jest/globals';
import type { Ticket, TicketInput } from '../src/api/types.ts';
import type { Format } from '../src/lib/formats.ts';
import { formatMoney } from '../src/lib/money.ts';
import { ticketDetails, ticketPlace, ticketSeat, ticketTerms, ticketTexts } from '../src/lib/ticket-fields.ts';
import {
  conflictProblems,
  initialValues,
  readTicket,
  ticketProblems,
  type TicketControl,
  type TicketValues,
  typedTicket,
} from '../src/lib/ticket-input.ts';
import { wallTime } from '../src/lib/time.ts';
import { zoneNames } from './zone-names.ts';

const typed = (changes: Partial<TicketValues> = {}): TicketValues => ({
  ...initialValues(),
  title: ' Fidelio ',
  price: '€ 1.250,50',
  currency: 'eur',
  ...changes,
});

const ticket: Ticket = {
  id: '0123456789abcdef01234567',
  sellerId: 's',
  status: 'listed',
  hasDelivery: false,
  offerTag: 'a-tag-of-22-characters',
  version: 0,
  title: 'Fidelio',
  price: { amount: 125_050, currency: 'eur' },
  venue: 'Oper am Kanal, Berlin',
  startsAt: '2027-06-01T17:30:00.000Z',
  timeZone: 'Europe/Berlin',
  notes: 'Row F',
};

describe('readTicket', () => {
  it('turns the form into the input of the API, without empty fields', () => {
    expect(readTicket(typed())).toEqual({
      input: { title: 'Fidelio', price: { amount: 125_050, currency: 'eur' } },
    });
    const full = typed({
      venue: 'Oper am Kanal, Berlin',
      startsAt: '2027-06-01T19:30',
      timeZone: 'Europe/Berlin',
      notes: 'Row F',
    });
    const { title, price, venue, startsAt, timeZone, notes } = ticket;
    expect(readTicket(full)).toEqual({ input: { title, price, venue, startsAt, timeZone, notes } });
  });

  it('reports the fields that can’t be parsed, in the order of the form', () => {
    expect(readTicket(typed({ title: ' ', price: 'a lot', startsAt: '2027-02-30T10:00' }))).toEqual({
      problems: [
        { field: 'title', text: 'Enter the event.' },
        { field: 'startsAt', text: 'Enter a real date and time.' },
        { field: 'price', text: 'Enter a price like 49 or 49.50.' },
      ],
    });
    expect(readTicket(typed({ price: '45 USD' }))).toEqual({
      problems: [
        { field: 'price', text: 'This isn’t a price in Euro. Enter only the number, and choose its currency.' },
      ],
    });
    expect(readTicket(typed({ price: '' }))).toEqual({ problems: [{ field: 'price', text: 'Enter a price.' }] });
    expect(readTicket(typed({ price: '0' }))).toEqual({
      problems: [{ field: 'price', text: 'Price must be more than 0.' }],
    });
  });
});

describe('a face value', () => {
  it('is read in the currency of the price, also when only the currency has changed', () => {
    expect(readTicket(typed({ faceValue: '65,50' }))).toMatchObject({
      input: { faceValue: { amount: 6550, currency: 'eur' } },
    });
    const stored = { ...listing, faceValue: { amount: 6550, currency: 'eur' } };
    expect(edited(stored)).toEqual(stored);
    expect(edited(stored, { currency: 'usd' })).toMatchObject({ faceValue: { amount: 6550, currency: 'usd' } });
    expect(edited(stored, { faceValue: '' })).not.toHaveProperty('faceValue');
  });

  it('has its own problems', () => {
    expect(readTicket(typed({ faceValue: '0' }))).toEqual({
      problems: [{ field: 'faceValue', text: 'Face value must be more than 0.' }],
    });
    const problems = [{ code: 'out-of-range', message: '', field: 'faceValue.amount' }];
    expect(ticketProblems({ ok: false, status: 400, problems, isOutcomeUnknown: false }, {})).toEqual([
      { field: 'faceValue', text: 'Face value is too high.' },
    ]);
  });
});

describe('a start at which clocks change', () => {
  const berlin = (changes: Partial<TicketValues>) => typed({ timeZone: 'Europe/Berlin', ...changes });

  it('is refused with a sentence of its own when clocks skip it', () => {
    expect(readTicket(berlin({ startsAt: '2027-03-28T02:30' }))).toEqual({
      problems: [
        { field: 'startsAt', text: 'Clocks at the venue go forward that day and skip 02:30. Enter another time.' },
      ],
    });
  });

  it('is asked for when it comes twice, and is then the one that was chosen', () => {
    const twice = { startsAt: '2027-10-31T02:30' };
    expect(readTicket(berlin(twice))).toEqual({
      problems: [
        {
          field: 'occurrence',
          text: 'Clocks at the venue go back that day, so 02:30 comes twice. Choose which one.',
        },
      ],
    });
    const startOf = (occurrence: string) => readTicket(berlin({ ...twice, occurrence }));
    expect(startOf('first')).toMatchObject({ input: { startsAt: '2027-10-31T00:30:00.000Z' } });
    expect(startOf('second')).toMatchObject({ input: { startsAt: '2027-10-31T01:30:00.000Z' } });
  });
});

describe('a zone that this server does not know', () => {
  it('is the problem of its own field', () => {
    expect(readTicket(typed({ startsAt: '2027-06-01T19:30', timeZone: 'Mars/Olympus' }))).toEqual({
      problems: [{ field: 'timeZone', text: 'Choose a time zone from the list.' }],
    });
  });
});

/** What a browser sends of a form with these values. */
function sent(values: TicketValues): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.set(name, value.replaceAll('\n', '\r\n'));
  return form;
}

/** The input of a form that was filled with a listing and sent with some controls changed. */
function edited(listing: TicketInput, changes: Partial<Record<TicketControl, string>> = {}): TicketInput {
  const reading = readTicket(typedTicket(sent({ ...initialValues(listing), ...changes })));
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return reading.input;
}

const { title, price, venue, startsAt, timeZone, notes } = ticket;
const listing: TicketInput = { title, price, venue, startsAt, timeZone, notes };

describe('a form that is saved without a change', () => {
  it.each<[string, Partial<TicketInput>]>([
    ['a listing with every field', {}],
    ['a start with seconds', { startsAt: '2027-06-01T17:30:15.000Z' }],
    ['a start with milliseconds', { startsAt: '2027-06-01T17:30:15.250Z' }],
    ['the first of a time that comes twice', { startsAt: '2027-10-31T00:30:00.000Z' }],
    ['the second of a time that comes twice', { startsAt: '2027-10-31T01:30:00.000Z' }],
    ['a zone in its former spelling', { timeZone: 'Asia/Calcutta' }],
    ['a zone that this server does not know', { timeZone: 'Mars/Olympus' }],
    ['a zone without a place', { timeZone: 'Etc/GMT+5' }],
    ['a start without a zone', { timeZone: undefined }],
    ['a zone without a start', { startsAt: undefined }],
    ['a currency that is not offered', { price: { amount: 5, currency: 'xau' } }],
    ['a category that is not offered', { category: 'circus' }],
    ['a face value', { faceValue: { amount: 6550, currency: 'eur' } }],
    ['an amount beyond the limit', { price: { amount: 9_007_199_254_740_991, currency: 'eur' } }],
    ['notes in several lines', { notes: 'Row F\nseat 4\n\nDoor 2' }],
    ['texts that would be stored in another form now', { title: ' Cafe\u0301 ', venue: 'a\u202eb' }],
  ])('keeps %s', (_, fields) => {
    const stored = { ...listing, ...fields };
    expect(edited(stored)).toEqual(JSON.parse(JSON.stringify(stored)));
  });

  it('moves no start in any zone, also in the hours in which clocks change', () => {
    const moved: string[] = [];
    for (const zone of zoneNames())
      for (const instant of changesOfClocks(zone, 2027).flatMap(around)) {
        const stored = { ...listing, timeZone: zone, startsAt: new Date(instant).toISOString() };
        const kept = edited(stored);
        const { input } = readTicket({ ...initialValues(stored), stored: '' }) as { input?: TicketInput };
        if (kept.startsAt !== stored.startsAt || kept.timeZone !== zone || input?.startsAt !== stored.startsAt)
          moved.push(`${zone} ${stored.startsAt}`);
      }
    expect(moved).toEqual([]);
  });
});

const HOUR = 3_600_000;

/** The instants of a year at which the offset of a zone changes; its first instant where there are none. */
function changesOfClocks(zone: string, year: number): number[] {
  const offsetAt = (time: number) => Date.parse(`${wallTime(new Date(time).toISOString(), zone)}Z`) - time;
  const first = Date.UTC(year, 0);
  const changes: number[] = [];
  for (let from = first, step = 14 * 24 * HOUR; from < Date.UTC(year + 1, 0); from += step) {
    let [low, high] = [from, from + step];
    if (offsetAt(low) === offsetAt(high)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === offsetAt(low)) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes.length === 0 ? [first] : changes;
}

/** Instants within an hour and a half of this one, some with seconds. */
const around = (time: number): number[] =>
  [-90, -60, -30, 0, 30, 60, 90].flatMap((minutes) => [time + minutes * 60_000, time + minutes * 60_000 - 1]);

describe('a form that is saved with a change', () => {
  it('changes only that field', () => {
    const stored = { ...listing, timeZone: 'Asia/Calcutta', startsAt: '2027-06-01T17:30:15.250Z' };
    expect(edited(stored, { title: 'Tosca' })).toEqual({ ...stored, title: 'Tosca' });
    expect(edited(stored, { price: '49' })).toEqual({ ...stored, price: { amount: 4900, currency: 'eur' } });
    expect(edited(stored, { currency: 'usd' })).toEqual({ ...stored, price: { amount: 125_050, currency: 'usd' } });
    expect(edited(stored, { startsAt: '2027-06-02T19:30' })).toEqual({
      ...stored,
      startsAt: '2027-06-02T14:00:00.000Z',
    });
    expect(edited(stored, { notes: 'a\nb' })).toEqual({ ...stored, notes: 'a\nb' });
  });

  it('moves the start with its zone, and removes the zone with the date', () => {
    expect(edited(listing, { timeZone: 'America/New_York' })).toMatchObject({
      startsAt: '2027-06-01T23:30:00.000Z',
      timeZone: 'America/New_York',
    });
    const without = edited(listing, { startsAt: '' });
    expect([without.startsAt, without.timeZone]).toEqual([undefined, undefined]);
  });

  it('moves the start to the other occurrence of a time that comes twice', () => {
    const stored = { ...listing, startsAt: '2027-10-31T00:30:00.000Z' };
    expect(edited(stored, { occurrence: 'second' })).toEqual({ ...stored, startsAt: '2027-10-31T01:30:00.000Z' });
  });

  it.each(['', 'x', 'null', '[]', '7', '{}', '{"price":{}}'])(
    'reads every field when the stored listing is %j',
    (stored) => {
      expect(readTicket({ ...initialValues(listing), stored })).toEqual({ input: listing });
    },
  );
});

describe('ticketProblems', () => {
  it('puts the API’s problems beside the controls of the form, in its words', () => {
    const problems = [
      { code: 'unknown-currency', message: '', field: 'price.currency' },
      { code: 'out-of-range', message: 'The price must be at most 999,999.99 USD.', field: 'price.amount' },
      { code: 'too-long', message: 'This may have 1000 characters at most.', field: 'notes' },
      { code: 'odd', message: 'timeZone must be better.', field: 'timeZone' },
      { code: 'ticket-reserved', message: '' },
    ];
    const failure = { ok: false as const, status: 400, problems, isOutcomeUnknown: false };
    expect(ticketProblems(failure, { held: 'Held.' })).toEqual([
      { field: 'currency', text: 'Choose a currency from the list.' },
      { field: 'price', text: 'The price must be at most 999,999.99 USD.' },
      { field: 'notes', text: 'Notes may have 1000 characters at most.' },
      { field: 'timeZone', text: 'Time zone must be better.' },
      { text: 'Held.' },
    ]);
  });
});

describe('conflictProblems', () => {
  it('shows beside each field that differs what the listing has now', () => {
    const { venue: _venue, ...now } = { ...ticket, version: 3, category: 'comedy' };
    const typed = { ...initialValues(ticket), price: '1.00', title: ` ${ticket.title} ` };
    expect(conflictProblems(now, typed, 'en-GB')).toEqual([
      { text: 'This listing was changed after you opened this page. Check it, then save again to replace it.' },
      { field: 'category', text: 'In the listing now: Comedy' },
      { field: 'venue', text: 'In the listing now: nothing' },
      { field: 'price', text: `In the listing now: ${formatMoney(ticket.price, 'en-GB')}` },
    ]);
  });

  it('shows a time and its zone as buyers read them', () => {
    const now: Ticket = { ...ticket, startsAt: '2027-06-01T17:30:00.000Z', timeZone: 'America/New_York' };
    const texts = (listing: Ticket, format: Format) =>
      conflictProblems(listing, { ...initialValues(now), startsAt: '2027-06-02T10:00', timeZone: 'UTC' }, format)
        ?.slice(1)
        .map(({ text }) => text);
    expect(texts(now, 'en-US')).toEqual([
      'In the listing now: 1 Jun 2027, 1:30\u00a0pm EDT',
      'In the listing now: America/New York',
    ]);
    const { startsAt: _startsAt, timeZone: _timeZone, ...timeless } = now;
    expect(texts(timeless, 'en-GB')?.[0]).toBe('In the listing now: nothing');
  });

  it('are none when the listing is as typed, because the answer to an earlier request was lost', () => {
    const saved: Ticket = { ...ticket, version: 3, timeZone: 'Asia/Calcutta', startsAt: '2027-06-01T17:30:15.250Z' };
    expect(conflictProblems(saved, initialValues(saved), 'en-GB')).toBeUndefined();
    expect(conflictProblems(saved, { ...initialValues(saved), price: '€ 1.250,50' }, 'en-GB')).toBeUndefined();
    expect(conflictProblems(saved, { ...initialValues(saved), currency: 'usd' }, 'en-GB')).toBeDefined();
  });
});

describe('what buyers see of a ticket', () => {
  const seated: Ticket = {
    ...ticket,
    venue: 'Oper am Kanal',
    city: 'Berlin',
    category: 'theatre',
    ...{ section: 'Stalls', row: 'F', seat: '12' },
    restrictions: 'Restricted view',
    faceValue: { amount: 9000, currency: 'eur' },
  };

  it('is every field that has a value, in the order of the form', () => {
    expect(ticketDetails(seated, 'en-GB').map(({ label, text }) => `${label}: ${text}`)).toEqual([
      'Category: Theatre',
      'Venue: Oper am Kanal',
      'City: Berlin',
      'Section: Stalls',
      'Row: F',
      'Seat: 12',
      'Restrictions: Restricted view',
      'Face value: €90',
    ]);
    expect(ticketDetails({ title: 'Fidelio' }, 'en-GB')).toEqual([]);
    expect(ticketTerms(seated, 'en-GB').map(({ name }) => name)).toEqual(['restrictions', 'faceValue']);
    expect(ticketTexts(ticket)).toMatchObject([{ name: 'notes', heading: 'Seller’s notes', text: 'Row F' }]);
    expect(ticketTexts({})).toMatchObject([{ name: 'notes', text: undefined }]);
  });

  it.each([
    [{ category: 'theatre', section: 'Stalls', row: 'F', seat: '12' }, 'Theatre · Stalls · Row F · Seat 12'],
    [{ section: '112', row: 'Row 7', seat: 'seat 3' }, 'Section 112 · Row 7 · seat 3'],
    [{ section: 'B' }, 'Section B'],
    [{ category: 'other', seat: '4' }, 'Seat 4'],
    [{ category: 'circus' }, 'circus'],
    [{ category: 'other' }, undefined],
  ])('is the kind and the seat in a line: %j', (fields, line) => {
    expect(ticketSeat(fields, 'en-GB')).toBe(line);
  });

  it.each([
    [{ venue: 'Oper am Kanal', city: 'Berlin' }, 'Oper am Kanal, Berlin'],
    [{ venue: 'Oper am Kanal, Berlin', city: 'berlin' }, 'Oper am Kanal, Berlin'],
    [{ city: 'Berlin' }, 'Berlin'],
    [{}, undefined],
  ])('is the place in a line, with the city once: %j', (fields, line) => {
    expect(ticketPlace(fields)).toBe(line);
  });
});
