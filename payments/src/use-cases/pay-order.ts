import { HttpError, notFound } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { paymentNotFound, request } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { authorizePayment } from './authorize-payment.ts';
import { movePayment } from './move-payment.ts';

/** A buyer may pay before the event that holds the ticket has arrived; the request waits this long for it. */
const WAIT_FOR_HOLD_MS = 2000;

/**
 * Authorises the price of an order on a card and emits `payment:authorized`. The money is captured only once the order is
 * claimed; usually that has happened when this resolves. Resolves to the payment and whether it is new: once paid, a repeated
 * request gets it again, and a repeated command makes no second attempt. Throws as `authorizePayment` does, 404 order-not-ready, and 409 (order-closed, order-expired,
 * payment-in-progress, too-many-attempts).
 */
export async function payOrder(
  context: PaymentsContext,
  {
    orderId,
    userId,
    paymentMethod,
    commandId,
  }: { orderId: string; userId: string; paymentMethod: string; commandId?: string | undefined },
): Promise<{ payment: PaymentState; isNew: boolean }> {
  const requestOwn = () =>
    movePayment(context, orderId, (payment, now) => {
      if (payment.order.userId !== userId) throw paymentNotFound();
      return request(payment, paymentMethod, now, commandId);
    });
  const { state, decision } = await requestOwn().catch(async (error: unknown) => {
    if (!(error instanceof HttpError) || error.status !== 404) throw error;
    // An order of another buyer takes as long and gets the same answer as none, so that nobody learns which orders exist.
    const isOwn = (payment: PaymentState | null) => payment?.order.userId === userId;
    if (!isOwn(await context.payments.waitUntil(orderId, isOwn, WAIT_FOR_HOLD_MS)))
      throw notFound('order-not-ready', 'No ticket is held for you under this order yet. Try again in a moment.');
    return requestOwn();
  });
  const payment = decision === undefined ? state : await authorizePayment(context, state);
  return { payment: await settled(context, payment), isNew: decision !== undefined };
}

/**
 * Waits up to OUTCOME_WAIT_MS until an authorised payment is captured, or released because the order has ended. Resolves to the
 * payment as it is then.
 */
async function settled({ payments, config }: PaymentsContext, payment: PaymentState): Promise<PaymentState> {
  if (payment.status !== 'authorized') return payment;
  const isSettled = (current: PaymentState | null) => current?.status !== 'authorized';
  return (await payments.waitUntil(payment._id, isSettled, config.OUTCOME_WAIT_MS, payment)) ?? payment;
}
