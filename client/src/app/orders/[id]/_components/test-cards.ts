/** Stripe's test cards, as the sandbox knows them: the payment method, and the card's name with how paying by it ends. */
export const TEST_CARDS = [
  { id: 'pm_card_visa', name: 'Visa (succeeds)', lastDigits: '4242' },
  { id: 'pm_card_mastercard', name: 'Mastercard (succeeds)', lastDigits: '4444' },
  { id: 'pm_card_chargeDeclined', name: 'Visa (declined)', lastDigits: '0002' },
  { id: 'pm_card_chargeDeclinedInsufficientFunds', name: 'Visa (insufficient funds)', lastDigits: '9995' },
  { id: 'pm_card_chargeDeclinedExpiredCard', name: 'Visa (expired)', lastDigits: '0069' },
  { id: 'pm_card_authenticationRequired', name: 'Visa (needs 3-D Secure)', lastDigits: '3184' },
] as const;
