/** Stripe's test cards, as the sandbox knows them: payment method, what it does, how it ends. */
export const TEST_CARDS = [
  { id: 'pm_card_visa', what: 'Visa (succeeds)', number: '4242' },
  { id: 'pm_card_mastercard', what: 'Mastercard (succeeds)', number: '4444' },
  { id: 'pm_card_chargeDeclined', what: 'Visa (declined)', number: '0002' },
  { id: 'pm_card_chargeDeclinedInsufficientFunds', what: 'Visa (insufficient funds)', number: '9995' },
  { id: 'pm_card_chargeDeclinedExpiredCard', what: 'Visa (expired)', number: '0069' },
  { id: 'pm_card_authenticationRequired', what: 'Visa (needs 3-D Secure)', number: '3184' },
] as const;
