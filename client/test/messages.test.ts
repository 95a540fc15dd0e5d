import { describe, expect, it } from '@jest/globals';
import type { Failure } from '../src/api/http.ts';
import { failedState } from '../src/lib/form-failure.ts';
import { UNSENT } from '../src/lib/form-state.ts';
import { UNCONFIRMED, declineText, problemText } from '../src/lib/messages.ts';
import { newsIn, notHeld } from '../src/lib/news.ts';

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

describe('a refusal that ends by itself', () => {
  it.each(['hold-paused', 'holds-paused'])('tells how long to wait as people count: %s', (code) => {
    expect(problemText({ code, message: '', retryAfter: 897 })).toContain(' again in 15 minutes.');
  });

  it('tells it after too many attempts as well', () => {
    expect(problemText({ code: 'too-many-requests', message: '' }, 897)).toContain(' again in 15 minutes.');
  });
});

describe('a buyer without a confirmed address who holds a ticket already', () => {
  it.each([
    [
      'the form',
      (code: string) => {
        const failure: Failure = { ok: false, status: 409, problems: [{ code, message: '' }], isOutcomeUnknown: false };
        const { problems, look } = failedState(UNSENT, failure, { unconfirmed: UNCONFIRMED.hold });
        return { text: problems[0]?.text, look };
      },
    ],
    ['the page after signing in', (code: string) => newsIn({ news: notHeld(code) })],
  ])('learns from %s to confirm it, and where the mail can be sent again', (_where, show) => {
    const shown = show('unconfirmed-holds');
    expect(shown?.text).toContain('until you confirm your email address');
    expect(shown?.look).toEqual({ href: '/account', label: 'My account' });
  });
});
