import type { OrderData } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { applyOrder, begin, hasLeased } from '../payment.ts';
import type { PaymentState } from '../payment.ts';

/**
 * Saves the newest copy of an order. Emits `payment:voided` when the cancellation ends a payment without any step at the provider,
 * and the outcome again when the order is resent. Resolves to the payment when it now needs a step at the provider (capture or
 * void), which is leased to the caller.
 */
export async function copyOrder(
  { payments, now }: PaymentsContext,
  order: OrderData,
): Promise<PaymentState | undefined> {
  const at = now();
  // The first event of an order usually arrives first, so there is nothing to update.
  if (order.version === 0 && (await payments.insert(begin(order), [], at))) return undefined;
  for (;;) {
    const updated = await payments.update(order.id, (payment) => applyOrder(payment, order, at), at);
    if (updated) {
      const { before, state, decision } = updated;
      return decision && hasLeased(before, decision) ? state : undefined;
    }
    // Not inserted: another event of the order was saved first, and this one may be newer.
    if (await payments.insert(begin(order), [], at)) return undefined;
  }
}
