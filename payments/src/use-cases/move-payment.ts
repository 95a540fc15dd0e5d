import type { Decision, Updated } from '@ticketing/core';
import type { PaymentsContext } from '../context.ts';
import { countChange } from '../metrics.ts';
import { paymentNotFound } from '../payment.ts';
import type { Payment, PaymentState } from '../payment.ts';

/** Applies a decision of `payment.ts` to a payment and emits its events. Throws a 404 for an unknown payment. */
export async function movePayment(
  { payments, now }: PaymentsContext,
  id: string,
  decide: (payment: PaymentState, now: Date) => Decision<Payment> | undefined,
): Promise<Updated<Payment>> {
  const at = now();
  const updated = await payments.update(id, (payment) => decide(payment, at), at);
  if (updated === null) throw paymentNotFound();
  if (updated.state.status !== updated.before.status) countChange(updated.state);
  return updated;
}
