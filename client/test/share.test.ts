import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../src/api/types.ts';
import { eventJson, shareMetadata } from '../src/lib/share.ts';

const ticket: Ticket = {
  ...{ id: '0123456789abcdef01234567', sellerId: 's', status: 'listed', hasDelivery: true, version: 0, offerTag: '' },
  title: 'Fidelio </script><script>alert(1)</script>',
  price: { amount: 125_050, currency: 'eur' },
  venue: 'Oper am Kanal, Berlin',
  startsAt: '2099-06-01T17:30:00.000Z',
  timeZone: 'Europe/Berlin',
};

describe('what other sites show of a ticket', () => {
  beforeEach(() => {
    process.env['SITE_URL'] = 'https://foyer.example';
  });
  afterEach(() => {
    delete process.env['SITE_URL'];
  });

  it('is its title, price, date and place, with the address of the site', () => {
    const { openGraph, alternates, description } = shareMetadata(ticket);
    expect(alternates).toEqual({ canonical: 'https://foyer.example/tickets/0123456789abcdef01234567' });
    expect(openGraph).toMatchObject({
      title: ticket.title,
      description: expect.stringContaining('€1,250.50') as unknown,
    });
    expect(description).toContain('Mon 1 Jun 2099, 19:30 CEST · Oper am Kanal, Berlin');
  });

  it('has the city beside the venue', () => {
    const apart = { ...ticket, venue: 'Oper am Kanal', city: 'Berlin' };
    expect(shareMetadata(apart).description).toContain('Oper am Kanal, Berlin');
    expect(JSON.parse(eventJson(apart) ?? '')).toMatchObject({
      location: { '@type': 'Place', name: 'Oper am Kanal', address: 'Oper am Kanal, Berlin' },
    });
  });

  it('has no address where the site has none', () => {
    delete process.env['SITE_URL'];
    expect(shareMetadata(ticket)).toEqual({ title: ticket.title, description: expect.any(String) as unknown });
    expect(eventJson(ticket)).not.toContain('"url"');
  });

  it('is an event with an offer, which a title can not end', () => {
    const json = eventJson(ticket) ?? '';
    expect(json).not.toContain('</script>');
    expect(JSON.parse(json)).toMatchObject({
      '@type': 'Event',
      name: ticket.title,
      startDate: ticket.startsAt,
      offers: { price: '1250.50', priceCurrency: 'EUR', availability: 'https://schema.org/InStock' },
    });
  });

  it('is sold out unless the ticket can be ordered', () => {
    expect(eventJson({ ...ticket, status: 'held' })).toContain('SoldOut');
    expect(eventJson({ ...ticket, isClosed: true })).toContain('SoldOut');
    expect(eventJson({ ...ticket, startsAt: undefined })).toBeUndefined();
  });
});
