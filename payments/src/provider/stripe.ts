import Stripe from 'stripe';
import { CardDeclined, ProviderFailed, ProviderRefused } from './provider.ts';
import type { Intent, PaymentProvider } from './provider.ts';

const STATES: Record<string, Intent['state']> = {
  requires_payment_method: 'open',
  requires_confirmation: 'open',
  processing: 'open',
  requires_action: 'needs-authentication',
  requires_capture: 'authorized',
  succeeded: 'captured',
  canceled: 'canceled',
};

/** The SDK gives up a call after twice this. */
const TIME_LIMIT_MS = 5000;

/** Stripe, or the sandbox that speaks its wire format when no key is given. */
export function stripeProvider({
  STRIPE_SECRET_KEY,
  SANDBOX_URL,
}: {
  STRIPE_SECRET_KEY?: string | undefined;
  SANDBOX_URL?: string | undefined;
}): PaymentProvider {
  const options = { timeout: TIME_LIMIT_MS, maxNetworkRetries: 1, telemetry: false };
  const stripe =
    STRIPE_SECRET_KEY === undefined
      ? new Stripe('sk_test_sandbox', { ...options, ...sandbox(SANDBOX_URL) })
      : new Stripe(STRIPE_SECRET_KEY, options);
  const intents = stripe.paymentIntents;

  return {
    create: ({ orderId, amount, currency }, idempotencyKey) =>
      call(() =>
        intents.create(
          {
            amount,
            currency,
            capture_method: 'manual',
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            metadata: { orderId },
          },
          { idempotencyKey },
        ),
      ),
    retrieve: (id) => call(() => intents.retrieve(id)),
    confirm: (id, payment_method, idempotencyKey) =>
      call(() => intents.confirm(id, { payment_method }, { idempotencyKey })),
    capture: (id, idempotencyKey) => call(() => intents.capture(id, {}, { idempotencyKey })),
    cancel: (id, idempotencyKey) => call(() => intents.cancel(id, {}, { idempotencyKey })),
  };
}

function sandbox(url: string | undefined) {
  const { hostname, port } = new URL(url ?? '');
  return { host: hostname, port: port === '' ? 80 : port, protocol: 'http' as const };
}

async function call(request: () => Promise<Stripe.PaymentIntent>): Promise<Intent> {
  try {
    const { id, status, client_secret } = await request();
    return { id, state: STATES[status] ?? 'open', clientSecret: client_secret ?? undefined };
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const { message, code, decline_code, statusCode } = error;
  if (error instanceof Stripe.errors.StripeCardError)
    return new CardDeclined(message, decline_code ?? code ?? 'card_declined');
  if (error instanceof Stripe.errors.StripeInvalidRequestError)
    return new ProviderRefused(message, code ?? 'invalid_request');
  return new ProviderFailed(message, statusCode !== undefined && statusCode >= 500);
}
