import { badRequest, conflict, paymentRequired, unavailable } from '@ticketing/common';
import { change } from '@ticketing/common/mongo';
import type { PaymentsContext } from '../context.ts';
import { paymentNotFound, recordAuthorized, recordDeclined, recordIntent, recordTrouble } from '../payment.ts';
import type { Payment, PaymentState } from '../payment.ts';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../provider/provider.ts';
import type { Intent } from '../provider/provider.ts';
import type { Decision } from '@ticketing/common/mongo';

/** Saves what a decision of `payment.ts` comes to. */
export async function record(
  { payments, now }: PaymentsContext,
  id: string,
  decide: (payment: PaymentState, now: Date) => Decision<Payment> | undefined,
): Promise<PaymentState> {
  const at = now();
  const payment = await change(payments, id, (state) => decide(state, at), at);
  if (payment === null) throw paymentNotFound();
  return payment;
}

/**
 * Brings the attempt under way to its end at the provider; says `payment:authorized`. May be repeated after any crash: the
 * intent is recorded before it can be confirmed, and every call repeats its idempotency key. Throws 402 (card-declined,
 * authentication-required), 400 unknown-payment-method, 409 order-closed, or 503 payment-pending while nobody knows.
 */
export async function authorizePayment(context: PaymentsContext, payment: PaymentState): Promise<PaymentState> {
  const { _id: id, order } = payment;
  // What began in time may end; what has not begun at the provider by now never will.
  if (context.now().toISOString() >= order.expiresAt && payment.intentId === undefined)
    throw conflict('order-expired', 'The time to pay for this order is over.');
  try {
    const intent = await confirmedIntent(context, payment);
    switch (intent.state) {
      case 'authorized':
      case 'captured':
        return await record(context, id, recordAuthorized);
      case 'needs-authentication':
        await record(context, id, (state, now) => recordDeclined(state, 'authentication_required', now));
        throw paymentRequired('authentication-required', 'Your bank wants you to confirm this payment.', {
          clientSecret: intent.clientSecret,
        });
      case 'open':
        // Still being processed at the provider.
        throw new ProviderFailed('the intent is neither authorised nor declined', false);
      case 'canceled':
        await record(context, id, (state, now) =>
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
  const { _id: id, order, intentId, keysSpent, attempts } = payment;
  const attempt = attempts.at(-1);
  if (attempt === undefined) throw new Error(`payment ${id} has no attempt to authorise`);
  const key = (verb: string) => `${verb}:${id}:${attempt.number}${keysSpent > 0 ? `:${keysSpent + 1}` : ''}`;

  let intent: Intent;
  if (intentId === undefined) {
    intent = await provider.create({ orderId: id, ...order.price }, key('create'));
    const recorded = await record(context, id, (state) => recordIntent(state, intent.id));
    if (recorded.intentId !== intent.id)
      throw conflict('order-closed', 'This order can not be paid any more.', { status: recorded.order.status });
  } else {
    // Of an attempt before, or of this one before a crash: what became of it decides.
    intent = await provider.retrieve(intentId);
    if (intent.state !== 'open' && intent.state !== 'needs-authentication') return intent;
  }
  if (now().toISOString() >= order.expiresAt)
    throw conflict('order-expired', 'The time to pay for this order is over.');
  return provider.confirm(intent.id, attempt.paymentMethod, key('authorize'));
}

/** Records a failure and gives what to tell the buyer. */
async function afterFailure(context: PaymentsContext, id: string, error: unknown): Promise<unknown> {
  if (error instanceof CardDeclined) {
    await record(context, id, (state, now) => recordDeclined(state, error.declineCode, now));
    return paymentRequired('card-declined', error.message, { declineCode: error.declineCode });
  }
  if (error instanceof ProviderRefused) {
    const { order } = await record(context, id, (state, now) => recordDeclined(state, error.reason, now));
    if (order.status !== 'awaiting:payment')
      return conflict('order-closed', 'This order can not be paid any more.', { status: order.status });
    return error.reason === 'unknown-payment-method'
      ? badRequest('unknown-payment-method', 'The payment provider does not know this payment method.', {
          field: 'paymentMethod',
        })
      : paymentRequired('payment-refused', 'The payment provider refuses this payment.', { declineCode: error.reason });
  }
  if (error instanceof ProviderFailed) {
    context.log.warn({ err: error, orderId: id }, 'the payment provider did not answer; the payment goes on by itself');
    await record(context, id, (state, now) => recordTrouble(state, error.keySpent, now));
    return unavailable(
      'payment-pending',
      'The payment provider does not answer. We keep trying while you hold the ticket: look at your order.',
    );
  }
  return error;
}
