/** Stripe's test cards, as the sandbox knows them: payment method, what it does, how it ends. */
export const TEST_CARDS = [
  { id: 'pm_card_visa', what: 'Visa that pays', number: '4242' },
  { id: 'pm_card_mastercard', what: 'Mastercard that pays', number: '4444' },
  { id: 'pm_card_chargeDeclined', what: 'Visa that is declined', number: '0002' },
  { id: 'pm_card_chargeDeclinedInsufficientFunds', what: 'Visa without enough money', number: '9995' },
  { id: 'pm_card_chargeDeclinedExpiredCard', what: 'Visa that has expired', number: '0069' },
  { id: 'pm_card_authenticationRequired', what: 'Visa whose bank wants a confirmation', number: '3184' },
] as const;
