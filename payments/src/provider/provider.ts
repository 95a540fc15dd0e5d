/**
 * A payment intent, as far as this service needs it. `open`: not authorised, can be confirmed. While it needs authentication
 * the client secret lets the buyer's browser authenticate with the bank.
 */
export type Intent = { id: string } & (
  { state: 'open' | 'authorized' | 'captured' | 'canceled' } | { state: 'needs-authentication'; clientSecret: string }
);

/**
 * Moves money. Every call but `retrieve` takes an idempotency key: with the same key it acts once and has the same outcome,
 * also when that is a failure. Calls throw a CardDeclined, a ProviderRefused, or a ProviderFailed. What all providers have in
 * common is stated as tests in `payments/test/provider.contract.ts`.
 */
export interface PaymentProvider {
  /** Stored with a payment: its intents exist at this provider alone. */
  readonly name: string;
  /** Whether a text has the form of this provider's ids of payment methods. */
  isPaymentMethod(id: string): boolean;
  create(payment: { orderId: string; amount: number; currency: string }, key: string): Promise<Intent>;
  retrieve(intentId: string): Promise<Intent>;
  /** Authorises the amount on the card, and captures nothing. */
  confirm(intentId: string, paymentMethod: string, key: string): Promise<Intent>;
  capture(intentId: string, key: string): Promise<Intent>;
  /** Voids the authorisation, if there is one. The intent can't be confirmed any more. */
  cancel(intentId: string, key: string): Promise<Intent>;
}

/** The bank declined the card. The buyer may try another. */
export class CardDeclined extends Error {
  override name = 'CardDeclined';
  readonly declineCode: string;
  constructor(message: string, declineCode: string) {
    super(message);
    this.declineCode = declineCode;
  }
}

/**
 * Why a provider refuses. `unexpected-state`: the intent's state does not allow the call. `authorization-lost`: the bank dropped
 * the authorisation. `key-reused`: the key belongs to another call.
 */
export type RefusalReason =
  | 'unknown-payment-method'
  | 'unknown-intent'
  | 'unexpected-state'
  | 'authorization-lost'
  | 'key-reused'
  | 'invalid-request';

/** The provider did nothing, and would refuse the same call again. */
export class ProviderRefused extends Error {
  override name = 'ProviderRefused';
  readonly reason: RefusalReason;
  constructor(message: string, reason: RefusalReason) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The outcome is unknown: no answer, or one that does not tell whether the call acted. `keySpent`: the provider stored a 500
 * under the key, so another try needs another key.
 */
export class ProviderFailed extends Error {
  override name = 'ProviderFailed';
  readonly keySpent: boolean;
  constructor(message: string, keySpent: boolean) {
    super(message);
    this.keySpent = keySpent;
  }
}
