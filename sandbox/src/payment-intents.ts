import type { Failure, StripeError } from './failure.ts';
import { renderPaymentMethod, TEST_CARDS } from './test-cards.ts';

export type Status =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

/** A payment intent as it is stored, in Stripe's own names. Amounts are minor units, times are Unix seconds. */
export type Intent = {
  id: string;
  created: number;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: { enabled: boolean; allow_redirects: 'always' | 'never' } | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  client_secret: string;
  confirmation_method: 'automatic' | 'manual';
  currency: string;
  description: string | null;
  last_payment_error: StripeError | null;
  latest_charge: string | null;
  metadata: Record<string, string>;
  next_action: { type: string; use_stripe_sdk: object } | null;
  payment_method: string | null;
  payment_method_types: string[];
  status: Status;
  /** The payer has authenticated, so that the next confirmation does not ask again. */
  authenticated: boolean;
};

export type NewIntent = Pick<
  Intent,
  | 'amount'
  | 'automatic_payment_methods'
  | 'capture_method'
  | 'confirmation_method'
  | 'currency'
  | 'description'
  | 'metadata'
  | 'payment_method'
  | 'payment_method_types'
>;

export type Command =
  | { do: 'create'; intent: NewIntent; confirm: boolean; returnUrl?: string }
  | { do: 'confirm'; paymentMethod?: string; returnUrl?: string }
  | { do: 'authenticate'; outcome: 'succeeded' | 'failed' }
  | { do: 'capture'; amountToCapture?: number }
  | { do: 'cancel'; reason: string | null };

/** The movements of money: the ledger gets one entry for each. */
export type LedgerType = 'authorized' | 'captured' | 'voided' | 'declined' | 'dropped';

/**
 * The outcome of a command. `intent` is set if anything changed, also together with a failure: a decline changes the
 * intent. `executed` is false when the request was refused, which no idempotency key stores.
 */
export type Decision = { intent?: Intent; ledger: LedgerType[]; failure?: Failure; executed: boolean };

/** The sources of the time (Unix seconds) and of new ids such as `pi_...`. */
export type Means = { seconds: () => number; newId: (prefix: string) => string };

const CONFIRMABLE: readonly Status[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
const CANCELABLE: readonly Status[] = [...CONFIRMABLE, 'requires_capture'];

/** Decides what a command does to an intent (`undefined` for `create`). Pure but for `means`. */
export function decide(intent: Intent | undefined, command: Command, means: Means): Decision {
  if (command.do === 'create') return create(command, means);
  if (intent === undefined) throw new Error(`${command.do} needs an intent`);
  switch (command.do) {
    case 'confirm':
      return confirm(intent, command, means);
    case 'authenticate':
      return authenticate(intent, command.outcome, means);
    case 'capture':
      return capture(intent, command.amountToCapture, means);
    case 'cancel':
      return cancel(intent, command.reason, means);
  }
}

function create(command: Command & { do: 'create' }, means: Means): Decision {
  const id = means.newId('pi');
  const intent: Intent = {
    ...command.intent,
    id,
    created: means.seconds(),
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    client_secret: means.newId(`${id}_secret`),
    last_payment_error: null,
    latest_charge: null,
    next_action: null,
    status: command.intent.payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
    authenticated: false,
  };
  if (!command.confirm) return { intent, ledger: [], executed: true };
  // Stripe leaves no intent behind when a create can't be confirmed as asked.
  const { intent: confirmed, ...decision } = confirm(intent, command, means);
  return confirmed === undefined ? { ...decision, executed: false } : { ...decision, intent: confirmed };
}

function confirm(intent: Intent, command: { paymentMethod?: string; returnUrl?: string }, means: Means): Decision {
  if (intent.status === 'succeeded')
    return unexpected(
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
    );
  if (!CONFIRMABLE.includes(intent.status)) return unexpected(wrongStatus('confirm', 'confirmed', intent, CONFIRMABLE));
  const method = command.paymentMethod ?? intent.payment_method;
  const card = TEST_CARDS.get(method ?? '');
  if (method === null || card === undefined)
    return unexpected(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
    );
  const automatic = intent.automatic_payment_methods;
  if (automatic?.enabled === true && automatic.allow_redirects === 'always' && command.returnUrl === undefined)
    return refused(
      "This PaymentIntent is configured to accept payment methods that might redirect your customer off of your page, so you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never`, or name `payment_method_types`, when creating the PaymentIntent.",
    );
  const authenticated = intent.authenticated && command.paymentMethod === undefined;
  const attempt: Intent = {
    ...intent,
    payment_method: method,
    last_payment_error: null,
    next_action: null,
    authenticated,
  };
  if (card.decline !== undefined) return decline(attempt, method, card.decline, means);
  if (card.needsAuthentication === true && !authenticated) {
    const authenticateAt = `/sandbox/payment_intents/${intent.id}/authenticate`;
    const next_action = {
      type: 'use_stripe_sdk',
      use_stripe_sdk: { type: 'three_d_secure_redirect', sandbox_authenticate: authenticateAt },
    };
    return { intent: { ...attempt, status: 'requires_action', next_action }, ledger: [], executed: true };
  }
  return authorize(attempt, means);
}

function authorize(intent: Intent, means: Means): Decision {
  const charged: Intent = { ...intent, latest_charge: means.newId('ch'), next_action: null, authenticated: false };
  if (intent.capture_method === 'manual')
    return {
      intent: { ...charged, status: 'requires_capture', amount_capturable: intent.amount },
      ledger: ['authorized'],
      executed: true,
    };
  return {
    intent: { ...charged, status: 'succeeded', amount_received: intent.amount },
    ledger: ['authorized', 'captured'],
    executed: true,
  };
}

function decline(
  intent: Intent,
  method: string,
  reason: { code: string; message: string; decline_code?: string },
  means: Means,
): Decision {
  const charge = means.newId('ch');
  const payment_method = renderPaymentMethod(method);
  const error: StripeError = { type: 'card_error', ...reason, charge, payment_method };
  return {
    intent: {
      ...intent,
      status: 'requires_payment_method',
      payment_method: null,
      next_action: null,
      authenticated: false,
      latest_charge: charge,
      last_payment_error: error,
    },
    ledger: ['declined'],
    failure: { status: 402, error, withIntent: true },
    executed: true,
  };
}

function authenticate(intent: Intent, outcome: 'succeeded' | 'failed', means: Means): Decision {
  if (intent.status !== 'requires_action')
    return unexpected(wrongStatus('authenticate', 'authenticated', intent, ['requires_action']));
  if (outcome === 'failed') {
    const { failure: _, ...declined } = decline(
      intent,
      intent.payment_method ?? '',
      {
        code: 'payment_intent_authentication_failure',
        message:
          'The provided PaymentMethod has failed authentication. You can provide a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
      },
      means,
    );
    return declined;
  }
  const proven: Intent = { ...intent, next_action: null, authenticated: true };
  if (intent.confirmation_method === 'automatic') return authorize(proven, means);
  return { intent: { ...proven, status: 'requires_confirmation' }, ledger: [], executed: true };
}

function capture(intent: Intent, amountToCapture: number | undefined, means: Means): Decision {
  if (intent.status !== 'requires_capture')
    return unexpected(
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  if (amountToCapture !== undefined && amountToCapture !== intent.amount_capturable)
    return refused('The sandbox captures whole amounts only.', 'amount_to_capture');
  if (TEST_CARDS.get(intent.payment_method ?? '')?.captureFails === true)
    return {
      intent: canceled(intent, 'automatic', means),
      ledger: ['dropped'],
      failure: {
        status: 400,
        error: {
          type: 'invalid_request_error',
          code: 'charge_expired_for_capture',
          message:
            'The charge cannot be captured: the bank has dropped its authorization. This PaymentIntent is canceled.',
          ...(intent.latest_charge === null ? {} : { charge: intent.latest_charge }),
        },
        withIntent: true,
      },
      executed: true,
    };
  return {
    intent: { ...intent, status: 'succeeded', amount_capturable: 0, amount_received: intent.amount_capturable },
    ledger: ['captured'],
    executed: true,
  };
}

function cancel(intent: Intent, reason: string | null, means: Means): Decision {
  if (!CANCELABLE.includes(intent.status)) return unexpected(wrongStatus('cancel', 'canceled', intent, CANCELABLE));
  const ledger: LedgerType[] = intent.status === 'requires_capture' ? ['voided'] : [];
  return { intent: canceled(intent, reason, means), ledger, executed: true };
}

const canceled = (intent: Intent, reason: string | null, means: Means): Intent => ({
  ...intent,
  status: 'canceled',
  amount_capturable: 0,
  next_action: null,
  canceled_at: means.seconds(),
  cancellation_reason: reason,
});

const wrongStatus = (verb: string, participle: string, intent: Intent, allowed: readonly Status[]) =>
  `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${participle}: ${allowed.join(', ')}.`;

const unexpected = (message: string): Decision => ({
  ledger: [],
  failure: {
    status: 400,
    error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message },
    withIntent: true,
  },
  executed: true,
});

const refused = (message: string, param?: string): Decision => ({
  ledger: [],
  failure: {
    status: 400,
    error: { type: 'invalid_request_error', message, ...(param === undefined ? {} : { param }) },
  },
  executed: false,
});

/** An intent as Stripe's API shows it, with its payment method in full if asked for. */
export function render({ authenticated: _, ...intent }: Intent, withMethod = false): object {
  const { payment_method: method } = intent;
  return {
    object: 'payment_intent',
    ...intent,
    payment_method: withMethod && method !== null ? renderPaymentMethod(method) : method,
    livemode: false,
    amount_details: { tip: {} },
    application: null,
    application_fee_amount: null,
    customer: null,
    on_behalf_of: null,
    payment_method_options: {},
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
  };
}
