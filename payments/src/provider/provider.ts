/** A payment intent, as far as it matters here. `open`: not authorised, may be confirmed. */
export interface Intent {
  id: string;
  state: 'open' | 'needs-authentication' | 'authorized' | 'captured' | 'canceled';
  /** With it the buyer's browser can authenticate with the bank. */
  clientSecret?: string | undefined;
}

/**
 * Moves money. Every call but `retrieve` carries an idempotency key: repeated with the same key it acts once. Calls throw
 * a CardDeclined, a ProviderRefused (it will never work like this), or a ProviderFailed (nobody knows what happened).
 */
export interface PaymentProvider {
  create(payment: { orderId: string; amount: number; currency: string }, key: string): Promise<Intent>;
  retrieve(intentId: string): Promise<Intent>;
  /** Authorises the amount on the card, and takes nothing yet. */
  confirm(intentId: string, paymentMethod: string, key: string): Promise<Intent>;
  capture(intentId: string, key: string): Promise<Intent>;
  /** Gives an authorisation up; afterwards the intent can't be confirmed any more. */
  cancel(intentId: string, key: string): Promise<Intent>;
}

/** The bank said no. The buyer may try another card. */
export class CardDeclined extends Error {
  override name = 'CardDeclined';
  readonly declineCode: string;
  constructor(message: string, declineCode: string) {
    super(message);
    this.declineCode = declineCode;
  }
}

/** The provider understood the request and refuses it for good, with a code of its own. */
export class ProviderRefused extends Error {
  override name = 'ProviderRefused';
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** No answer, or one that tells nothing. `keySpent`: it was a 500, which the provider would repeat for the same key. */
export class ProviderFailed extends Error {
  override name = 'ProviderFailed';
  readonly keySpent: boolean;
  constructor(message: string, keySpent: boolean) {
    super(message);
    this.keySpent = keySpent;
  }
}
