import { HttpError } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import {
  idempotencyKey,
  lease,
  nextStep,
  recordCaptured,
  recordChecked,
  recordFailed,
  recordIntent,
  recordVoided,
  resendAuthorized,
  scheduleRetry,
  withOrder,
} from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../provider/provider.ts';
import type { Intent } from '../provider/provider.ts';
import { authorizeAtProvider, authorizePayment, lostIntent } from './authorize-payment.ts';
import { movePayment } from './move-payment.ts';

/**
 * Takes the step at the provider that a payment needs and records its outcome: captures for a claimed order and emits
 * `payment:captured` (or `payment:failed`), voids for a cancelled one and emits `payment:voided`, completes an interrupted
 * attempt, or checks whether the buyer has confirmed it at the bank and then emits `payment:authorized`. The caller must have leased the
 * step and passes the payment as of the lease; a capture needs no lease, and the payment has the newest copy of its order then. A step
 * that fails is retried soon.
 */
export async function advancePayment(context: PaymentsContext, payment: PaymentState): Promise<void> {
  const { _id: id } = payment;
  try {
    switch (nextStep(payment)) {
      case 'authorize':
        await authorizePayment(context, payment);
        return;
      case 'check':
        await check(context, payment);
        return;
      case 'capture':
        await capture(context, payment);
        return;
      case 'void':
        await voidPayment(context, payment);
        return;
      case undefined:
        await movePayment(context, id, resendAuthorized);
    }
  } catch (error) {
    // An HTTP error for the buyer, who does not wait here; its cause is already recorded.
    if (error instanceof HttpError) return;
    context.log.warn({ err: error, orderId: id }, 'a step of a payment failed; it will be retried');
    const spentKey = error instanceof ProviderFailed ? error.spentKey : undefined;
    await movePayment(context, id, (state, now) => scheduleRetry(withOrder(state, payment.order), spentKey, now));
  }
}

/** Reads the intent of an attempt that waits for the buyer's bank, and records what has become of it. Resolves to the payment then. */
async function check(context: PaymentsContext, checked: PaymentState): Promise<PaymentState> {
  const { provider } = context;
  const intent = await provider.retrieve(intentOf(checked));
  const { state } = await movePayment(context, checked._id, (payment, now) =>
    recordChecked(payment, { intent, provider: provider.name, checked }, now),
  );
  return state;
}

function intentOf({ _id: id, intentId }: PaymentState): string {
  if (intentId === undefined) throw new Error(`payment ${id} has no intent`);
  return intentId;
}

async function capture(context: PaymentsContext, payment: PaymentState): Promise<void> {
  const { _id: id } = payment;
  const intentId = intentOf(payment);
  const intent = await callOnce(context, payment, ['authorized'], () =>
    context.provider.capture(intentId, idempotencyKey('capture', payment)),
  );
  if (intent.state === 'captured') {
    const { card } = intent;
    await movePayment(context, id, (state) => recordCaptured(withOrder(state, payment.order), card));
    return;
  }
  // Refused for good. Money that is still authorised is released before payment:failed is emitted.
  if (intent.state !== 'canceled') await context.provider.cancel(intentId, idempotencyKey('void', payment));
  context.log.warn({ orderId: id }, 'the provider refused to capture an authorised payment');
  await movePayment(context, id, (state) => recordFailed(withOrder(state, payment.order)));
}

async function voidPayment(context: PaymentsContext, requested: PaymentState): Promise<void> {
  const known = requested.intentId === undefined ? await withIntent(context, requested) : requested;
  // The buyer may have confirmed it as the hold ended: the payment must tell that the bank has reserved the amount.
  const payment = known.status === 'authenticating' ? await check(context, known) : known;
  const { _id: id, intentId } = payment;
  if (intentId === undefined) {
    await movePayment(context, id, recordVoided);
    return;
  }
  const intent = await callOnce(context, payment, ['open', 'needs-authentication', 'authorized'], () =>
    context.provider.cancel(intentId, idempotencyKey('void', payment)),
  );
  if (intent.state !== 'canceled')
    throw new Error(`intent ${intentId} of a cancelled order is ${intent.state} and can not be cancelled`);
  await movePayment(context, id, recordVoided);
}

/**
 * Finds out the intent of an attempt whose outcome is unknown, by repeating its call, and records it. If the provider had not
 * received the call before, the money is authorised now and voided right after. Without an intent no money can move.
 */
async function withIntent(context: PaymentsContext, payment: PaymentState): Promise<PaymentState> {
  let intentId: string | undefined;
  try {
    intentId = ((await lostIntent(context, payment)) ?? (await authorizeAtProvider(context, payment))).id;
  } catch (error) {
    if (error instanceof CardDeclined) intentId = error.intentId;
    else if (!(error instanceof ProviderRefused)) throw error;
  }
  if (intentId === undefined) return payment;
  const intent = { intentId, provider: context.provider.name };
  return (await movePayment(context, payment._id, (state) => recordIntent(state, intent))).state;
}

/**
 * Calls the provider and resolves to the intent afterwards. After a 500 it is unknown whether the call took effect, so the intent is
 * read first, and the call is repeated only while the intent is in one of the states `from`.
 */
async function callOnce(
  { provider }: PaymentsContext,
  payment: PaymentState,
  from: Intent['state'][],
  call: () => Promise<Intent>,
): Promise<Intent> {
  const intentId = intentOf(payment);
  if (payment.keysSpent > 0) {
    const intent = await provider.retrieve(intentId);
    if (!from.includes(intent.state)) return intent;
  }
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProviderRefused || error instanceof CardDeclined) return provider.retrieve(intentId);
    throw error;
  }
}

/** Advances the payments that are due: their process crashed, the provider failed, or orders has not claimed the order. */
export async function advanceDue(context: PaymentsContext): Promise<void> {
  const { payments, sweeps, now } = context;
  await sweeps.run('due payments', payments, { dueAt: { $lte: now().toISOString() } }, async (id) => {
    const { state, decision } = await movePayment(context, id, lease);
    if (decision) await advancePayment(context, state);
  });
}
