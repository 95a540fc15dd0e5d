import { card as cardShape } from '@ticketing/common/shapes';
import type { Card } from '@ticketing/common/shapes';
import Stripe from 'stripe';
import { CardDeclined, ProviderFailed, ProviderRefused } from './provider.ts';
import type { DeclineCode, Intent, PaymentProvider, RefusalReason } from './provider.ts';

const STATES: Record<string, Intent['state']> = {
  requires_payment_method: 'open',
  requires_confirmation: 'open',
  processing: 'open',
  requires_action: 'needs-authentication',
  requires_capture: 'authorized',
  succeeded: 'captured',
  canceled: 'canceled',
};

/** Makes the answer contain the payment method, which has the card's brand and last digits. */
const WITH_METHOD = { expand: ['payment_method'] };

/** The time limit of one request. The SDK makes two requests before a call fails. */
const TIME_LIMIT_MS = 5000;

/** Creates the provider Stripe or, without a secret key, the sandbox, which has Stripe's wire format. */
export function stripeProvider(
  { STRIPE_SECRET_KEY, SANDBOX_URL }: { STRIPE_SECRET_KEY?: string | undefined; SANDBOX_URL?: string | undefined },
  { timeLimitMs = TIME_LIMIT_MS }: { timeLimitMs?: number } = {},
): PaymentProvider {
  const options = { timeout: timeLimitMs, maxNetworkRetries: 1, telemetry: false };
  const stripe =
    STRIPE_SECRET_KEY === undefined
      ? new Stripe('sk_test_sandbox', { ...options, ...sandbox(SANDBOX_URL) })
      : new Stripe(STRIPE_SECRET_KEY, options);
  const intents = stripe.paymentIntents;

  return {
    name: STRIPE_SECRET_KEY === undefined ? 'sandbox' : 'stripe',
    isPaymentMethod: (id) => /^pm_[A-Za-z0-9_]{1,200}$/.test(id),
    authorize: ({ orderId, amount, currency, paymentMethod }, idempotencyKey) =>
      call(
        () =>
          intents.create(
            {
              amount,
              currency,
              capture_method: 'manual',
              confirm: true,
              payment_method: paymentMethod,
              automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
              metadata: { orderId },
            },
            { idempotencyKey },
          ),
        idempotencyKey,
      ),
    retrieve: (id) => call(() => intents.retrieve(id, WITH_METHOD)),
    // Stripe's search may lag by a minute; its list does not.
    async find(orderId, since) {
      const found: Intent[] = [];
      const created = { gte: Math.floor(since.getTime() / 1000) };
      try {
        for await (const intent of intents.list({ created, limit: 100 }))
          if (intent.metadata['orderId'] === orderId) found.push(intentOf(intent));
      } catch (error) {
        throw translate(error);
      }
      return found;
    },
    confirm: (id, payment_method, idempotencyKey) =>
      call(() => intents.confirm(id, { payment_method }, { idempotencyKey }), idempotencyKey),
    capture: (id, idempotencyKey) => call(() => intents.capture(id, WITH_METHOD, { idempotencyKey }), idempotencyKey),
    cancel: (id, idempotencyKey) => call(() => intents.cancel(id, {}, { idempotencyKey }), idempotencyKey),
  };
}

function sandbox(url: string | undefined) {
  if (url === undefined) throw new Error('there is neither a secret key of Stripe nor the address of the sandbox');
  const { hostname, port } = new URL(url);
  return { host: hostname, port: port === '' ? 80 : port, protocol: 'http' as const };
}

async function call(request: () => Promise<Stripe.PaymentIntent>, idempotencyKey?: string): Promise<Intent> {
  try {
    return intentOf(await request());
  } catch (error) {
    throw translate(error, idempotencyKey);
  }
}

function intentOf({ id, status, client_secret, last_payment_error, payment_method }: Stripe.PaymentIntent): Intent {
  const state = STATES[status] ?? 'open';
  switch (state) {
    case 'needs-authentication':
      if (client_secret === null) throw new ProviderFailed(`intent ${id} has no client secret`);
      return { id, state, clientSecret: client_secret };
    case 'open':
      return last_payment_error === null
        ? { id, state }
        : { id, state, declineCode: declineCodeOf(last_payment_error) };
    case 'captured': {
      const card = cardOf(payment_method);
      return card === undefined ? { id, state } : { id, state, card };
    }
    default:
      return { id, state };
  }
}

/** The card of an expanded payment method; undefined for another kind of payment method, and for a card in an unknown form. */
function cardOf(method: Stripe.PaymentIntent['payment_method']): Card | undefined {
  const card = typeof method === 'object' ? method?.card : undefined;
  return cardShape.safeParse({ brand: card?.brand, last4: card?.last4 }).data;
}

/** The codes that a buyer learns of, from https://docs.stripe.com/declines/codes. Any other is a decline without a reason. */
const DECLINE_CODES: Record<string, DeclineCode> = {
  insufficient_funds: 'insufficient_funds',
  card_velocity_exceeded: 'limit_exceeded',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
  expired_card: 'expired_card',
  invalid_expiry_month: 'expired_card',
  invalid_expiry_year: 'expired_card',
  incorrect_cvc: 'incorrect_cvc',
  invalid_cvc: 'incorrect_cvc',
  incorrect_number: 'incorrect_number',
  invalid_number: 'incorrect_number',
  card_not_supported: 'card_not_supported',
  currency_not_supported: 'card_not_supported',
  processing_error: 'processing_error',
  issuer_not_available: 'processing_error',
  reenter_transaction: 'processing_error',
  try_again_later: 'processing_error',
  authentication_required: 'authentication_failed',
  payment_intent_authentication_failure: 'authentication_failed',
};

/** The reason of a decline. The SDK makes an absent `decline_code` an empty one, so the first that is known counts. */
function declineCodeOf(error: { decline_code?: string | undefined; code?: string | undefined }): DeclineCode {
  const known = [error.decline_code, error.code].map((given) => DECLINE_CODES[given ?? '']);
  return known.find((one) => one !== undefined) ?? 'generic_decline';
}

const { StripeCardError, StripeError, StripeIdempotencyError, StripeInvalidRequestError } = Stripe.errors;

function translate(error: unknown, idempotencyKey?: string): unknown {
  if (!(error instanceof StripeError)) return error;
  const { message, code, statusCode } = error;
  if (error instanceof StripeCardError)
    return new CardDeclined(message, declineCodeOf(error), error.payment_intent?.id);
  if (error instanceof StripeInvalidRequestError) return new ProviderRefused(message, reasonOf(error));
  // A key in use has the same error type, but there the first call with the key is still running and its outcome is unknown.
  if (error instanceof StripeIdempotencyError && code !== 'idempotency_key_in_use')
    return new ProviderRefused(message, 'key-reused');
  return new ProviderFailed(message, statusCode !== undefined && statusCode >= 500 ? idempotencyKey : undefined);
}

function reasonOf({ code, param }: Stripe.errors.StripeError): RefusalReason {
  switch (code) {
    case 'resource_missing':
      return param === 'payment_method' ? 'unknown-payment-method' : 'unknown-intent';
    case 'payment_intent_unexpected_state':
      return 'unexpected-state';
    case 'charge_expired_for_capture':
      return 'authorization-lost';
    case 'amount_too_small':
    case 'amount_too_large':
      return 'amount-refused';
    default:
      return param === 'amount' || param === 'currency' ? 'amount-refused' : 'invalid-request';
  }
}
