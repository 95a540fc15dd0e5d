import { HttpError } from '@ticketing/common';
import { trusted } from 'mongoose';
import type { PaymentsContext } from '../context.ts';
import { askAgain, lease, nextStep, recordCaptured, recordFailed, recordTrouble, recordVoided } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../provider/provider.ts';
import type { Intent } from '../provider/provider.ts';
import { authorizePayment, record } from './authorize-payment.ts';

const BATCH = 100;

/**
 * Does at the provider what a payment asks for and records what came of it: captures for a claimed order and says
 * `payment:captured` (or `payment:failed`), voids for a cancelled one and says `payment:voided`, or goes on with an attempt
 * that was interrupted. The caller has leased the step, and gives the payment as it was then; one that fails is due again soon.
 */
export async function settlePayment(context: PaymentsContext, payment: PaymentState): Promise<void> {
  const { _id: id } = payment;
  try {
    switch (nextStep(payment)) {
      case 'authorize':
        await authorizePayment(context, payment);
        return;
      case 'capture':
        await capture(context, payment);
        return;
      case 'void':
        await cancel(context, payment);
        return;
      case undefined:
        await record(context, id, askAgain);
    }
  } catch (error) {
    // What a buyer would be told is recorded; nobody waits for it here.
    if (error instanceof HttpError) return;
    context.log.warn({ err: error, orderId: id }, 'a payment could not be settled; trying again');
    await record(context, id, (state, now) =>
      recordTrouble(state, error instanceof ProviderFailed && error.keySpent, now),
    );
  }
}

async function capture(context: PaymentsContext, { _id: id, intentId = '', keysSpent }: PaymentState): Promise<void> {
  const intent = await act(context, intentId, keysSpent, 'authorized', () =>
    context.provider.capture(intentId, key('capture', id, keysSpent)),
  );
  if (intent.state === 'captured') {
    await record(context, id, recordCaptured);
    return;
  }
  // Refused for good. Whatever is still authorised is given up before the order is told.
  if (intent.state !== 'canceled') await context.provider.cancel(intentId, key('void', id, keysSpent));
  context.log.warn({ orderId: id }, 'the provider refuses to capture an authorised payment');
  await record(context, id, recordFailed);
}

async function cancel(context: PaymentsContext, { _id: id, intentId = '', keysSpent }: PaymentState): Promise<void> {
  const intent = await act(context, intentId, keysSpent, 'any', () =>
    context.provider.cancel(intentId, key('void', id, keysSpent)),
  );
  if (intent.state !== 'canceled')
    throw new Error(`intent ${intentId} of a cancelled order is ${intent.state} and can not be cancelled`);
  await record(context, id, recordVoided);
}

const key = (verb: string, id: string, keysSpent: number): string =>
  `${verb}:${id}${keysSpent > 0 ? `:${keysSpent + 1}` : ''}`;

/**
 * Calls the provider and gives the intent as it then is. After a 500 nobody knows whether the call acted: then the intent
 * is looked at first, and left alone unless it is still where the call starts from.
 */
async function act(
  { provider }: PaymentsContext,
  intentId: string,
  keysSpent: number,
  from: Intent['state'] | 'any',
  call: () => Promise<Intent>,
): Promise<Intent> {
  if (keysSpent > 0) {
    const intent = await provider.retrieve(intentId);
    const isDone = intent.state === 'captured' || intent.state === 'canceled';
    if (isDone || (from !== 'any' && intent.state !== from)) return intent;
  }
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProviderRefused || error instanceof CardDeclined) return provider.retrieve(intentId);
    throw error;
  }
}

/** Settles what is due: payments whose process crashed, whose provider did not answer, whose order did not. */
export async function settleDue(context: PaymentsContext): Promise<number> {
  const { payments, now } = context;
  const due = await payments
    .find({ dueAt: trusted({ $lte: now().toISOString() }) })
    .select('_id')
    .limit(BATCH)
    .lean()
    .exec();
  await Promise.all(
    due.map(async ({ _id }) => {
      const leased = { byMe: false };
      const payment = await record(context, _id, (state, at) => {
        const decision = lease(state, at);
        leased.byMe = decision !== undefined;
        return decision;
      });
      if (leased.byMe) await settlePayment(context, payment);
    }),
  );
  return due.length;
}
