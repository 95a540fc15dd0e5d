import { describe, expect, it } from '@jest/globals';
import { packHold, unpackHold } from '../src/lib/hold-intent.ts';
import { newsIn, notHeld, withNews } from '../src/lib/news.ts';
import { authPath, signInPath } from '../src/lib/next-path.ts';

const intent = { ticketId: '0123456789abcdef01234567', expectedPrice: { amount: 6550, currency: 'gbp' } };

const tagged = { ...intent, expectedOffer: 'a-tag-of-22-characters' };

describe('the hold for which a visitor signs in', () => {
  it('is the same after the sign-in page as before, with the price and the offer that were shown', () => {
    for (const one of [intent, tagged]) expect(unpackHold(packHold(one))).toEqual(one);
  });

  it.each([
    undefined,
    '',
    '1',
    '0123456789abcdef01234567.1.gbp/../x',
    '0123456789abcdef01234567.-1.gbp',
    '0123456789abcdef01234567.1.gbp.short',
    ['a'],
  ])('is none when the address has %p', (value) => {
    expect(unpackHold(value)).toBeUndefined();
  });

  it('is in the address of the sign-in page beside the way back', () => {
    const path = signInPath('/tickets/1', packHold(intent));
    expect(new URL(path, 'http://here.invalid').searchParams.get('hold')).toBe('0123456789abcdef01234567.6550.gbp');
    expect(authPath('signup', { next: '/' })).toBe('/auth/signup');
  });
});

describe('the news on a page', () => {
  it('is one of a fixed list, whatever is in the address', () => {
    expect(newsIn({ news: 'listed' })?.tone).toBe('good');
    expect(newsIn({ news: 'ticket-sold' })).toEqual({ tone: 'warn', text: 'This ticket has been sold.' });
    for (const news of ['', 'toString', 'You won', ['listed'], undefined]) expect(newsIn({ news })).toBeUndefined();
  });

  it('tells why the ticket was not held after signing in', () => {
    expect(withNews('/tickets/1', notHeld('ticket-reserved'))).toBe('/tickets/1?news=ticket-reserved');
    expect(newsIn({ news: notHeld(undefined) })?.text).toContain('couldn’t confirm the hold');
    for (const code of ['hold-paused', 'holds-paused', 'ticket-not-found', 'too-many-requests', 'network-holds'])
      expect([code, newsIn({ news: notHeld(code) })?.text]).not.toEqual([
        code,
        newsIn({ news: notHeld(undefined) })?.text,
      ]);
  });
});
