import { describe, expect, it } from '@jest/globals';
import type { Ticket } from '../src/api/types.ts';
import { ticketDetails, ticketTexts } from '../src/lib/ticket-fields.ts';
import { initialValues, readTicket, ticketProblems, type TicketValues } from '../src/lib/ticket-input.ts';

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
        { field: 'price', text: 'Enter a price like 49 or 49.50 (yen: 4500).' },
        { field: 'startsAt', text: 'Enter a real date and time.' },
      ],
    });
    expect(readTicket(typed({ price: '' }))).toEqual({ problems: [{ field: 'price', text: 'Enter a price.' }] });
    expect(readTicket(typed({ price: '0' }))).toEqual({
      problems: [{ field: 'price', text: 'Price must be more than 0.' }],
    });
  });
});

describe('initialValues', () => {
  it('shows a listing as it would be typed, so that saving it unchanged changes nothing', () => {
    const { title, price, venue, startsAt, timeZone, notes } = ticket;
    expect(readTicket(initialValues(ticket))).toEqual({ input: { title, price, venue, startsAt, timeZone, notes } });
  });
});

describe('ticketProblems', () => {
  it('puts the API’s problems beside the controls of the form, in its words', () => {
    const problems = [
      { code: 'unknown-currency', message: '', field: 'price.currency' },
      { code: 'out-of-range', message: '', field: 'price.amount' },
      { code: 'too-long', message: '', field: 'notes' },
      { code: 'odd', message: 'timeZone must be better.', field: 'timeZone' },
      { code: 'ticket-reserved', message: '' },
    ];
    const failure = { ok: false as const, status: 400, problems, isOutcomeUnknown: false };
    expect(ticketProblems(failure, { held: 'Held.' })).toEqual([
      { field: 'currency', text: 'Choose a currency from the list.' },
      { field: 'price', text: 'Price is too high: the maximum is 999,999.99 (yen: 99,999,999).' },
      { field: 'notes', text: 'Notes is too long.' },
      { field: 'timeZone', text: 'Time zone must be better.' },
      { text: 'Held.' },
    ]);
  });
});

describe('what buyers see of a ticket', () => {
  it('are its texts by the list of fields, without those that are empty', () => {
    expect(ticketDetails(ticket)).toEqual([
      { name: 'venue', label: 'Venue', text: 'Oper am Kanal, Berlin', needsLabel: false },
    ]);
    expect(ticketDetails({ title: 'Fidelio' })).toEqual([]);
    expect(ticketTexts(ticket)).toMatchObject([{ name: 'notes', heading: 'Seller’s notes', text: 'Row F' }]);
    expect(ticketTexts({})).toMatchObject([{ name: 'notes', text: undefined }]);
  });
});
