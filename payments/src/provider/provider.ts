import type { Card } from '@ticketing/common/shapes';

/**
 * Why a bank declines, as this service records it and the API shows it. Banks have dozens of reasons. The buyer learns those that
 * they can do something about; that a card is lost, stolen or suspect is told to nobody.
 */
export type DeclineCode =
  | 'generic_decline'
  | 'insufficient_funds'
  | 'limit_exceeded'
  | 'expired_card'
  | 'incorrect_cvc'
  | 'incorrect_number'
  | 'card_not_supported'
  | 'processing_error'
  | 'authentication_failed';

/**
 * A payment intent, as far as this service needs it. `open`: not authorised, can be confirmed; the decline code is that of the
 * last card, if it was declined. `captured`: `card` is the one that paid, if it was a card. While it needs authentication the client secret lets the buyer's browser authenticate with the bank.
 */
export type Intent = { id: string } & (
  | { state: 'open'; declineCode?: DeclineCode }
  | { state: 'authorized' | 'canceled' }
  | { state: 'captured'; card?: Card }
  | { state: 'needs-authentication'; clientSecret: string }
);

/**
 * Moves money. Every call but `retrieve` and `find` takes an idempotency key: repeated with the same key, it acts once and has the same
 * outcome, even if that is a failure. Calls throw a CardDeclined, a ProviderRefused, or a ProviderFailed.
 * `payments/test/provider.contract.ts` states the guarantees of all providers as tests.
 */
export interface PaymentProvider {
  /** Stored with a payment: its intents exist at this provider alone. */
  readonly name: string;
  /** Whether a text has the form of this provider's payment method ids. */
  isPaymentMethod(id: string): boolean;
  /** Creates an intent and authorises the amount on the card without capturing it. A card that is declined leaves the intent open. */
  authorize(
    payment: { orderId: string; amount: number; currency: string; paymentMethod: string },
    key: string,
  ): Promise<Intent>;
  retrieve(intentId: string): Promise<Intent>;
  /** The intents of an order that were created since then. */
  find(orderId: string, since: Date): Promise<Intent[]>;
  /** Authorises the amount of an open intent on another card. */
  confirm(intentId: string, paymentMethod: string, key: string): Promise<Intent>;
  capture(intentId: string, key: string): Promise<Intent>;
  /** Voids the authorisation, if there is one. The intent can no longer be confirmed. */
  cancel(intentId: string, key: string): Promise<Intent>;
}

/** The bank declined the card. The buyer may try another with the same intent. */
export class CardDeclined extends Error {
  override name = 'CardDeclined';
  readonly declineCode: DeclineCode;
  readonly intentId: string | undefined;
  constructor(message: string, declineCode: DeclineCode, intentId?: string) {
    super(message);
    this.declineCode = declineCode;
    this.intentId = intentId;
  }
}

/**
 * Why a provider refuses. `unexpected-state`: the intent's state does not allow the call. `authorization-lost`: the bank dropped
 * the authorisation. `key-reused`: the key belongs to another call. `amount-refused`: the provider takes no such amount, or not in
 * this currency.
 */
export type RefusalReason =
  | 'unknown-payment-method'
  | 'unknown-intent'
  | 'unexpected-state'
  | 'authorization-lost'
  | 'key-reused'
  | 'amount-refused'
  | 'invalid-request';

/** The provider did nothing, and would refuse the same call again. Retrying is pointless. */
export class ProviderRefused extends Error {
  override name = 'ProviderRefused';
  readonly reason: RefusalReason;
  constructor(message: string, reason: RefusalReason) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The outcome is unknown: there was no response, or an inconclusive one. `spentKey`: the key of the call, if the provider has stored a
 * 500 under it, so that a retry needs another.
 */
export class ProviderFailed extends Error {
  override name = 'ProviderFailed';
  readonly spentKey: string | undefined;
  constructor(message: string, spentKey?: string) {
    super(message);
    this.spentKey = spentKey;
  }
}
