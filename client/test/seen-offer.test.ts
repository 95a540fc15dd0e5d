import { describe, expect, it } from '@jest/globals';
import type { Ticket } from '../src/api/types.ts';
import { offerProblems, seenOffer } from '../src/lib/seen-offer.ts';

const offer = {
  ...{ title: 'Fidelio', price: { amount: 12_000, currency: 'eur' }, section: 'Stalls', row: 'F', seat: '12' },
  ...{ startsAt: '2099-06-01T17:30:00.000Z', timeZone: 'Europe/Berlin', restrictions: 'Restricted view' },
  hasDelivery: true,
};
const ticket: Ticket = {
  ...{ id: '0123456789abcdef01234567', sellerId: 's', status: 'listed', version: 0 },
  ...{ ...offer, offerTag: 'a-tag-of-22-characters' },
};
const { seen } = seenOffer(ticket);
const textsOf = (code: string, now?: object) =>
  offerProblems(seen, { problems: [{ code, message: '', ...(now && { offer: now as typeof offer }) }] }, 'en-GB').map(
    ({ text }) => text,
  );

describe('what a seller has changed since the page showed the offer', () => {
  it('is told field by field, as buyers read it, in the order of the form', () => {
    const { restrictions: _, ...rest } = offer;
    const now = {
      ...rest,
      seat: '14',
      startsAt: '2099-06-01T18:30:00.000Z',
      price: { amount: 13_000, currency: 'eur' },
    };
    expect(textsOf('offer-changed', now)).toEqual([
      'Date and start time: 1 Jun 2099, 20:30 CEST now, 1 Jun 2099, 19:30 CEST before.',
      'Seat: 14 now, 12 before.',
      'Restrictions: nothing now, Restricted view before.',
      'Price: €130 now, €120 before.',
    ]);
  });

  it('leaves out the price where the message has it already', () => {
    const now = { ...offer, seat: '14', price: { amount: 13_000, currency: 'eur' } };
    expect(textsOf('price-changed', now)).toEqual(['Seat: 14 now, 12 before.']);
  });

  it('is told when the seller has removed the ticket itself', () => {
    expect(textsOf('offer-changed', { ...offer, hasDelivery: undefined })).toEqual([
      'The seller has removed the ticket itself: you won’t get it here the moment you’ve paid.',
    ]);
  });

  it('is nothing for other refusals, and for a form that has not sent what it showed', () => {
    expect(textsOf('ticket-sold')).toEqual([]);
    for (const unknown of ['', '{', '1', '{}'])
      expect(offerProblems(unknown, { problems: [{ code: 'offer-changed', message: '', offer }] }, 'en-GB')).toEqual(
        [],
      );
  });
});
