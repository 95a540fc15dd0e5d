import { change, insert } from '@ticketing/common/mongo';
import type { OrderData } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { begin, hear, nextStep } from '../payment.ts';
import type { PaymentState } from '../payment.ts';

/**
 * Keeps the newest copy of an order. Says `payment:voided` when that ends a payment for which nothing is to be done at the
 * provider. Gives the payment when there now is something to be done there (capture or void), which the caller has taken on.
 */
export async function hearOrder(
  { payments, now }: PaymentsContext,
  order: OrderData,
): Promise<PaymentState | undefined> {
  const at = now();
  /** Inserts the copy, unless another event of the same order was faster: this one may still be newer. */
  const begun = () => insert(payments, begin(order), [], at);
  // The first news of an order finds nothing here, as a rule.
  if (order.version === 0 && (await begun())) return undefined;
  for (;;) {
    const leased = { byMe: false };
    const payment = await change(
      payments,
      order.id,
      (state) => {
        const decision = hear(state, order, at);
        const step = decision?.next && nextStep(decision.next);
        leased.byMe = step !== undefined && step !== nextStep(state);
        return decision;
      },
      at,
    );
    if (payment !== null) return leased.byMe ? payment : undefined;
    if (await begun()) return undefined;
  }
}
