/** How the bank behind a test payment method behaves: `decline` applies at confirmation, `captureFails` at capture. */
export type TestCard = {
  brand: 'visa' | 'mastercard' | 'amex';
  last4: string;
  decline?: { code: string; message: string; decline_code?: string };
  needsAuthentication?: true;
  captureFails?: true;
};

const declined = (last4: string, code: string, message: string, decline_code?: string): TestCard => ({
  brand: 'visa',
  last4,
  decline: { code, message, ...(decline_code === undefined ? {} : { decline_code }) },
});

/** Stripe's test payment methods, and one that Stripe does not have: `pm_sandbox_captureFails`. */
export const TEST_CARDS: ReadonlyMap<string, TestCard> = new Map([
  ['pm_card_visa', { brand: 'visa', last4: '4242' }],
  ['pm_card_mastercard', { brand: 'mastercard', last4: '4444' }],
  ['pm_card_amex', { brand: 'amex', last4: '8431' }],
  ['pm_card_chargeDeclined', declined('0002', 'card_declined', 'Your card was declined.', 'generic_decline')],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    declined('9995', 'card_declined', 'Your card has insufficient funds.', 'insufficient_funds'),
  ],
  ['pm_card_chargeDeclinedLostCard', declined('9987', 'card_declined', 'Your card was declined.', 'lost_card')],
  ['pm_card_chargeDeclinedStolenCard', declined('9979', 'card_declined', 'Your card was declined.', 'stolen_card')],
  [
    'pm_card_chargeDeclinedVelocityLimitExceeded',
    declined('6975', 'card_declined', 'Your card was declined.', 'card_velocity_exceeded'),
  ],
  ['pm_card_chargeDeclinedExpiredCard', declined('0069', 'expired_card', 'Your card has expired.')],
  ['pm_card_chargeDeclinedIncorrectCvc', declined('0127', 'incorrect_cvc', "Your card's security code is incorrect.")],
  [
    'pm_card_chargeDeclinedProcessingError',
    declined('0119', 'processing_error', 'An error occurred while processing your card. Try again in a little bit.'),
  ],
  ['pm_card_authenticationRequired', { brand: 'visa', last4: '3184', needsAuthentication: true }],
  ['pm_sandbox_captureFails', { brand: 'visa', last4: '0341', captureFails: true }],
] satisfies [string, TestCard][]);

/** A payment method as Stripe shows it in full, without the payer's address. */
export function renderPaymentMethod(id: string): object {
  const card = TEST_CARDS.get(id);
  return {
    id,
    object: 'payment_method',
    type: 'card',
    livemode: false,
    card: { brand: card?.brand, last4: card?.last4, exp_month: 12, exp_year: 2034, funding: 'credit', country: 'US' },
  };
}
