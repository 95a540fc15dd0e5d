import type { OrderData } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { begin, copyOrder as copyInto, hasLeased } from '../payment.ts';
import type { PaymentState } from '../payment.ts';

/**
 * Keeps the newest copy of an order, and emits `payment:voided` when that ends a payment for which nothing is to be done at the
 * provider. Resolves to the payment when there is now a step to take at the provider (capture or void), leased to the caller.
 */
export async function copyOrder(
  { payments, now }: PaymentsContext,
  order: OrderData,
): Promise<PaymentState | undefined> {
  const at = now();
  // The first event of an order finds nothing here, as a rule.
  if (order.version === 0 && (await payments.insert(begin(order), [], at))) return undefined;
  for (;;) {
    const updated = await payments.update(order.id, (payment) => copyInto(payment, order, at), at);
    if (updated) {
      const { before, state, decision } = updated;
      return decision && hasLeased(before, decision) ? state : undefined;
    }
    // Not inserted: another event of the same order was faster, and this one may still be newer.
    if (await payments.insert(begin(order), [], at)) return undefined;
  }
}
