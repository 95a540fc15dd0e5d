import { readUntil } from '@ticketing/common';
import { findShared, recall } from '@ticketing/common/mongo';
import type { PaymentsContext } from '../context.ts';
import { paymentNotFound, request } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { authorizePayment, record } from './authorize-payment.ts';

/** Whoever pays right after ordering may be here before the hold is known here; the request waits so long for it. */
const WAIT_FOR_HOLD_MS = 2000;
/** This process hears of the hold itself or, where there are several, another one does: so often it looks into the store. */
const LOOKS_FOR_ONE_AT_THE_STORE = 8;

/**
 * Authorises the price of an order on a card; says `payment:authorized`. The money is captured only once the order is
 * claimed. Gives the payment and whether it was authorised now: paying twice is once. Throws as `authorizePayment` does,
 * 404, and 409 (order-not-ready, order-closed, order-expired, payment-in-progress, too-many-attempts).
 */
export async function payOrder(
  context: PaymentsContext,
  { orderId, userId, paymentMethod }: { orderId: string; userId: string; paymentMethod: string },
): Promise<{ payment: PaymentState; isNew: boolean }> {
  const isReady = ({ order }: Pick<PaymentState, 'order'>) => order.userId !== userId || order.status !== 'created';
  let looks = 0;
  const waiting = await readUntil(
    async () => {
      const known = recall(context.payments, orderId);
      const isEnough = known && (isReady(known) || looks++ % LOOKS_FOR_ONE_AT_THE_STORE > 0);
      return isEnough ? known : findShared(context.payments, orderId);
    },
    (found) => found !== null && isReady(found),
    WAIT_FOR_HOLD_MS,
  );
  if (waiting?.order.userId !== userId) throw paymentNotFound();

  const outcome = { isNew: false };
  const payment = await record(context, orderId, (state, now) => {
    const decision = request(state, paymentMethod, now);
    outcome.isNew = decision !== undefined;
    return decision;
  });
  return { payment: outcome.isNew ? await authorizePayment(context, payment) : payment, isNew: outcome.isNew };
}
