import { badRequest, conflict, paymentRequired } from '@ticketing/common';
import type { HttpError } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import {
  idempotencyKey,
  paymentPending,
  recordAuthenticating,
  recordAuthorized,
  recordDeclined,
  recordIntent,
  recordRefused,
  scheduleRetry,
} from '../payment.ts';
import type { IntentAt, PaymentState } from '../payment.ts';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../provider/provider.ts';
import type { Intent } from '../provider/provider.ts';
import { movePayment } from './move-payment.ts';

/** The provider's clock may differ from ours by less than this. */
const CLOCK_SKEW_MS = 3_600_000;
/** How long a provider keeps idempotency keys: Stripe at least a day. */
const KEY_LIFETIME_MS = 86_400_000;

/**
 * Completes the requested attempt at the provider and emits `payment:authorized`. It can be repeated after any crash, because the
 * attempt was recorded before and every call repeats its idempotency key. Throws 402 (card-declined,
 * authentication-required), 400 unknown-payment-method, 409 order-closed, or 503 payment-pending while the outcome is unknown.
 */
export async function authorizePayment(context: PaymentsContext, payment: PaymentState): Promise<PaymentState> {
  const { _id: id, order } = payment;
  // Repeating an attempt whose intent is unknown might start it. It is voided when the order has expired.
  if (context.now().toISOString() >= order.expiresAt && payment.intentId === undefined) throw expired();
  try {
    const intent = await attemptedIntent(context, payment);
    const at: IntentAt = { intentId: intent.id, provider: context.provider.name };
    switch (intent.state) {
      case 'authorized':
      case 'captured': {
        const { state } = await movePayment(context, id, (payment, now) => recordAuthorized(payment, at, now));
        if (state.status === 'voided') throw closed(state);
        return state;
      }
      case 'needs-authentication':
        await movePayment(context, id, (state, now) => recordAuthenticating(state, at, now));
        throw paymentRequired('authentication-required', 'Your bank wants you to confirm this payment.', {
          clientSecret: intent.clientSecret,
        });
      case 'open':
        // The provider is still processing it. Repeating the call would repeat this answer, so the intent is read next time.
        await movePayment(context, id, (state) => recordIntent(state, at));
        throw new ProviderFailed('the intent is neither authorised nor declined');
      case 'canceled':
        await movePayment(context, id, (state, now) =>
          recordDeclined(state, 'canceled', state.order.status === 'cancelled' ? at : undefined, now),
        );
        throw paymentRequired('card-declined', 'The payment was given up. Try again.', { declineCode: 'canceled' });
    }
  } catch (error) {
    throw await afterFailure(context, id, error);
  }
}

const expired = (): HttpError => conflict('order-expired', 'The time to pay for this order is over.');
const closed = ({ order }: PaymentState): HttpError =>
  conflict('order-closed', 'This order can not be paid any more.', { status: order.status });

/** Makes or repeats the last attempt. Resolves to its intent afterwards; throws as the provider does. */
async function attemptedIntent(context: PaymentsContext, payment: PaymentState): Promise<Intent> {
  const { provider, now } = context;
  const { intentId, order } = payment;
  // The intent of an earlier attempt, or of this one before a crash. Its state determines what remains to be done.
  const known = intentId === undefined ? await lostIntent(context, payment) : await provider.retrieve(intentId);
  if (known === undefined) return authorizeAtProvider(context, payment);
  if (known.state !== 'open' && known.state !== 'needs-authentication') return known;
  if (now().toISOString() >= order.expiresAt) throw expired();
  try {
    return await provider.confirm(known.id, methodOf(payment), idempotencyKey('confirm', payment));
  } catch (error) {
    if (!(error instanceof ProviderRefused) || error.reason !== 'unexpected-state') throw error;
    // The buyer has confirmed an earlier attempt at the bank since the intent was read.
    const current = await provider.retrieve(known.id);
    if (current.state === 'open' || current.state === 'needs-authentication') throw error;
    return current;
  }
}

/** Calls the provider for the attempt that creates the intent. Repeated, the call has the same outcome. */
export function authorizeAtProvider({ provider }: PaymentsContext, payment: PaymentState): Promise<Intent> {
  const { _id: orderId, order } = payment;
  const paymentMethod = methodOf(payment);
  return provider.authorize({ orderId, ...order.price, paymentMethod }, idempotencyKey('authorize', payment));
}

/**
 * The intent of an attempt whose idempotency key does not tell, if there is one: the key was spent by a 500, or is so old that the
 * provider may have forgotten it. One that was cancelled counts too: a process that was slow must not authorise the money again
 * after the order has ended and another process has voided it.
 */
export async function lostIntent(context: PaymentsContext, payment: PaymentState): Promise<Intent | undefined> {
  const { provider, now } = context;
  const { _id: orderId, attempts, keysSpent } = payment;
  const requestedAt = Date.parse(attempts.at(-1)?.at ?? '');
  const isKeyKept = now().getTime() - requestedAt < KEY_LIFETIME_MS - CLOCK_SKEW_MS;
  if (keysSpent === 0 && isKeyKept) return undefined;
  const since = new Date(requestedAt - CLOCK_SKEW_MS);
  const found = await provider.find(orderId, since);
  return found.find(({ state }) => state !== 'canceled') ?? found[0];
}

function methodOf({ _id: id, attempts }: PaymentState): string {
  const attempt = attempts.at(-1);
  if (attempt === undefined) throw new Error(`payment ${id} has no attempt to authorise`);
  return attempt.paymentMethod;
}

/** Records a failure and resolves to the error for the buyer. */
async function afterFailure(context: PaymentsContext, id: string, error: unknown): Promise<unknown> {
  const provider = context.provider.name;
  const at = (intentId: string | undefined): IntentAt | undefined =>
    intentId === undefined ? undefined : { intentId, provider };

  if (error instanceof CardDeclined) {
    await movePayment(context, id, (state, now) =>
      recordDeclined(state, error.declineCode, at(error.intentId ?? state.intentId), now),
    );
    return paymentRequired('card-declined', error.message, { declineCode: error.declineCode });
  }
  if (error instanceof ProviderRefused) {
    const { state } = await movePayment(context, id, (state, now) =>
      recordRefused(state, error.reason, at(state.intentId), now),
    );
    if (state.order.status !== 'awaiting:payment') return closed(state);
    return error.reason === 'unknown-payment-method'
      ? badRequest('unknown-payment-method', 'The payment provider does not know this payment method.', {
          field: 'paymentMethod',
        })
      : paymentRequired('payment-refused', 'The payment provider refuses this payment.', { declineCode: error.reason });
  }
  if (error instanceof ProviderFailed) {
    context.log.warn({ err: error, orderId: id }, 'payment provider unavailable; the payment will be retried');
    await movePayment(context, id, (state, now) => scheduleRetry(state, error.spentKey, now));
    return paymentPending();
  }
  return error;
}
