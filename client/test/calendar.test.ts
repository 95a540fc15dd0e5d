import { afterEach, describe, expect, it } from '@jest/globals';
import type { Order } from '../src/api/types.ts';
import { calendarFile } from '../src/lib/calendar.ts';
import { visitedSite } from '../src/lib/config.ts';

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

describe('the address that it leads back to', () => {
  const { SITE_URL } = process.env;
  afterEach(() => {
    if (SITE_URL === undefined) delete process.env['SITE_URL'];
    else process.env['SITE_URL'] = SITE_URL;
  });
  const visited = (headers: Record<string, string>, site = '') => {
    process.env['SITE_URL'] = site;
    return visitedSite(new Request('http://127.0.0.1:3301/orders/1/calendar.ics', { headers })).href;
  };

  it.each<[string, string, Record<string, string>, string]>([
    ['configured', 'https://foyer.example', { host: 'other.example' }, 'https://foyer.example/'],
    ['named by the request', '', { host: 'foyer.example:8080' }, 'http://foyer.example:8080/'],
    [
      'named by the proxies in front, of which the first is nearest to the visitor',
      '',
      { host: 'a:1', 'x-forwarded-host': 'foyer.example, b:2', 'x-forwarded-proto': 'https, http' },
      'https://foyer.example/',
    ],
    ['of the server when nothing else is known', '', { host: 'not a host' }, 'http://127.0.0.1:3301/'],
  ])('is the one that is %s', (_, site, headers, address) => {
    expect(visited(headers, site)).toContain(address);
  });
});
