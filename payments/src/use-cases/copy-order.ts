import type { OrderData, TicketData } from '@ticketing/common';
import type { PaymentsContext } from '../context.ts';
import { applyOrder, begin, beginsStep, copyOf, heldOrder, withOrder } from '../payment.ts';
import type { PaymentState } from '../payment.ts';

/** Begins the payment for the order that a ticket is held for. Does nothing when there is a newer copy of the order. */
export async function beginPayment({ payments, now }: PaymentsContext, ticket: TicketData): Promise<void> {
  const held = heldOrder(ticket);
  if (!held) return;
  const { id, ...order } = held;
  await payments.insert(begin(id, order), [], now());
}

/**
 * Saves the newest copy of an order. Emits the outcome of the payment again when the order is resent. Resolves to the payment when it
 * now needs a step at the provider: a void, which is leased to the caller, or a capture, with whose outcome the copy is saved.
 */
export async function copyOrder(
  { payments, now }: PaymentsContext,
  order: OrderData,
): Promise<PaymentState | undefined> {
  const at = now();
  const copy = copyOf(order);
  for (;;) {
    const updated = await payments.update(order.id, (payment) => applyOrder(payment, order, at), at);
    if (updated) return beginsStep(updated.before, copy) ? withOrder(updated.state, copy) : undefined;
    // Not inserted: another event of the order was saved first, and this one may be newer.
    if (await payments.insert(begin(order.id, copy), [], at)) return undefined;
  }
}
