import { describe, expect, it } from '@jest/globals';
import { declineText } from '../src/lib/messages.ts';

describe('the sentence about a declined card', () => {
  const codes = [
    ...['insufficient_funds', 'limit_exceeded', 'expired_card', 'incorrect_cvc', 'incorrect_number'],
    ...['card_not_supported', 'processing_error', 'authentication_failed', 'canceled', 'generic_decline'],
  ];

  it('differs for each reason, so that the buyer knows what helps', () => {
    expect(new Set(codes.map(declineText)).size).toBe(codes.length);
  });

  it.each(['', undefined, 'lost_card', 'stolen_card', 'no_such_code'])('gives no reason for %j', (code) => {
    expect(declineText(code)).toBe(declineText('generic_decline'));
  });
});
