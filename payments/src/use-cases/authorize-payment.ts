import { badRequest, conflict, paymentRequired, unavailable } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { idempotencyKey, recordAuthorized, recordDeclined, recordIntent, scheduleRetry } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../provider/provider.ts';
import type { Intent } from '../provider/provider.ts';
import { movePayment } from './move-payment.ts';

/**
 * Completes the requested attempt at the provider and emits `payment:authorized`. It can be repeated after any crash: the intent
 * is recorded before it is confirmed, and every call repeats its idempotency key. Throws 402 (card-declined,
 * authentication-required), 400 unknown-payment-method, 409 order-closed, or 503 payment-pending while the outcome is unknown.
 */
export async function authorizePayment(context: PaymentsContext, payment: PaymentState): Promise<PaymentState> {
  const { _id: id, order } = payment;
  // An attempt that the provider knew of before the hold ended may be completed. One without an intent by now is never started.
  if (context.now().toISOString() >= order.expiresAt && payment.intentId === undefined)
    throw conflict('order-expired', 'The time to pay for this order is over.');
  try {
    const intent = await confirmedIntent(context, payment);
    switch (intent.state) {
      case 'authorized':
      case 'captured':
        return (await movePayment(context, id, recordAuthorized)).state;
      case 'needs-authentication':
        await movePayment(context, id, (state, now) => recordDeclined(state, 'authentication_required', now));
        throw paymentRequired('authentication-required', 'Your bank wants you to confirm this payment.', {
          clientSecret: intent.clientSecret,
        });
      case 'open':
        // The provider is still processing it.
        throw new ProviderFailed('the intent is neither authorised nor declined', false);
      case 'canceled':
        await movePayment(context, id, (state, now) =>
          recordDeclined(state, 'canceled', now, state.order.status !== 'cancelled'),
        );
        throw paymentRequired('card-declined', 'The payment was given up. Try again.', { declineCode: 'canceled' });
    }
  } catch (error) {
    throw await afterFailure(context, id, error);
  }
}

async function confirmedIntent(context: PaymentsContext, payment: PaymentState): Promise<Intent> {
  const { provider, now } = context;
  const { _id: id, order, intentId, attempts } = payment;
  const attempt = attempts.at(-1);
  if (attempt === undefined) throw new Error(`payment ${id} has no attempt to authorise`);

  let intent: Intent;
  if (intentId === undefined) {
    intent = await provider.create({ orderId: id, ...order.price }, idempotencyKey('create', payment));
    const { state: recorded } = await movePayment(context, id, (state) =>
      recordIntent(state, intent.id, provider.name),
    );
    if (recorded.intentId !== intent.id)
      throw conflict('order-closed', 'This order can not be paid any more.', { status: recorded.order.status });
  } else {
    // The intent of an earlier attempt, or of this one before a crash. Its state determines what remains to be done.
    intent = await provider.retrieve(intentId);
    if (intent.state !== 'open' && intent.state !== 'needs-authentication') return intent;
  }
  if (now().toISOString() >= order.expiresAt)
    throw conflict('order-expired', 'The time to pay for this order is over.');
  return provider.confirm(intent.id, attempt.paymentMethod, idempotencyKey('authorize', payment));
}

/** Records a failure and resolves to the error for the buyer. */
async function afterFailure(context: PaymentsContext, id: string, error: unknown): Promise<unknown> {
  if (error instanceof CardDeclined) {
    await movePayment(context, id, (state, now) => recordDeclined(state, error.declineCode, now));
    return paymentRequired('card-declined', error.message, { declineCode: error.declineCode });
  }
  if (error instanceof ProviderRefused) {
    const { state } = await movePayment(context, id, (payment, now) => recordDeclined(payment, error.reason, now));
    const { order } = state;
    if (order.status !== 'awaiting:payment')
      return conflict('order-closed', 'This order can not be paid any more.', { status: order.status });
    return error.reason === 'unknown-payment-method'
      ? badRequest('unknown-payment-method', 'The payment provider does not know this payment method.', {
          field: 'paymentMethod',
        })
      : paymentRequired('payment-refused', 'The payment provider refuses this payment.', { declineCode: error.reason });
  }
  if (error instanceof ProviderFailed) {
    context.log.warn({ err: error, orderId: id }, 'payment provider unavailable; the payment will be retried');
    await movePayment(context, id, (state, now) => scheduleRetry(state, error.keySpent, now));
    return unavailable(
      'payment-pending',
      'The payment provider is unavailable. We keep trying while you hold the ticket: look at your order.',
    );
  }
  return error;
}
