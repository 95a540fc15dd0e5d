import { describe, expect, it } from '@jest/globals';
import type { Order } from '../src/api/types.ts';
import { calendarFile } from '../src/lib/calendar.ts';

const order = (ticket: Partial<Order['ticket']>) =>
  ({
    id: '5f0000000000000000000001-2',
    ticket: { title: 'Jazz, late; at night', price: { amount: 100, currency: 'usd' }, ...ticket },
  }) as Order;

describe('the calendar file of an order', () => {
  it('has the event at its instant, its place and the way back to the ticket', () => {
    const file = calendarFile(
      order({ startsAt: '2027-03-28T00:30:00.000Z', venue: 'Quasimodo, Berlin' }),
      'https://foyer.example/orders/1',
    );
    expect(file?.replaceAll('\r\n ', '').split('\r\n')).toEqual(
      expect.arrayContaining([
        'UID:5f0000000000000000000001-2',
        'DTSTART:20270328T003000Z',
        'SUMMARY:Jazz\\, late\\; at night',
        'LOCATION:Quasimodo\\, Berlin',
        'URL;VALUE=URI:https://foyer.example/orders/1',
      ]),
    );
  });

  it('does not exist for a ticket without a date', () => {
    expect(calendarFile(order({}), 'https://foyer.example/orders/1')).toBeUndefined();
  });
});
