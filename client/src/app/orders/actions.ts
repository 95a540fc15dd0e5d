'use server';
import { redirect } from 'next/navigation';
import { cancelOrder } from '@/api/orders.ts';
import { payOrder } from '@/api/payments.ts';
import { stripePublishableKey } from '@/lib/config.ts';
import { failedOnPage } from '@/lib/failed-on-page.ts';
import { failedState } from '@/lib/form-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { keyOf } from '@/lib/idempotency-key.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';
import { redirectToSignIn, visitorHttp } from '@/lib/visitor.ts';

const orderPage = (orderId: string): string => `/orders/${encodeURIComponent(orderId)}`;

/** Cancels an order, which puts its ticket back on sale. */
export async function cancelOrderAction(state: FormState, form: FormData): Promise<FormState> {
  const orderId = formText(form, 'orderId');
  const answer = await cancelOrder(await visitorHttp(), orderId);
  if (answer.ok) redirect(orderPage(orderId));
  if (answer.status === 401) redirectToSignIn(orderPage(orderId));
  return failedOnPage(state, answer, { unconfirmed: UNCONFIRMED.cancel });
}

/** Pays an order with a payment method's id: one of the sandbox's test cards, or one that Stripe's script has created. */
export async function payOrderAction(state: FormState, form: FormData): Promise<FormState> {
  const orderId = formText(form, 'orderId');
  const paymentMethod = formText(form, 'paymentMethod');
  const key = keyOf(form);
  if (paymentMethod === '')
    return {
      ...(key !== undefined && { key }),
      attempt: state.attempt + 1,
      problems: [{ field: 'paymentMethod', text: 'Choose a card to pay with.' }],
    };
  const answer = await payOrder(await visitorHttp(), { orderId, paymentMethod }, key);
  if (answer.ok) redirect(orderPage(orderId));
  if (answer.status === 401) redirectToSignIn(orderPage(orderId));
  const clientSecret = answer.problems.find((problem) => problem.code === 'authentication-required')?.clientSecret;
  // Without Stripe's script, which leads to the bank, the page waits until the buyer has confirmed the payment there.
  if (clientSecret !== undefined && stripePublishableKey() === undefined) redirect(orderPage(orderId));
  // The page itself shows what has happened to the order or the payment in the meantime.
  const failed = answer.status === 409 ? failedOnPage : failedState;
  return {
    ...failed(state, answer, { key, unconfirmed: UNCONFIRMED.pay }),
    values: { paymentMethod },
    ...(clientSecret === undefined ? {} : { clientSecret }),
  };
}
