import type { Api } from '@ticketing/common';
import { orderId, paymentView, ruled } from '@ticketing/common/shapes';
import { z } from 'zod';

const message = 'This must be a payment method id, such as pm_card_visa.';

/** The body of a payment, whose method must be in the form that the provider gives them. */
export const payBody = (isPaymentMethod: (id: string) => boolean = () => true) =>
  z.strictObject({
    orderId,
    paymentMethod: ruled<string>(
      { type: 'string', examples: ['pm_card_visa'] },
      { holds: (value) => typeof value === 'string', code: 'invalid-type', message },
      { holds: isPaymentMethod, code: 'invalid-format', message },
    ),
  });

export const api = {
  prefix: '/api/payments',
  about: 'Payments for orders.',
  routes: {
    pay: {
      method: 'post',
      path: '/',
      summary: 'Pays for an order; idempotent once it is paid',
      idempotency: 'replayed',
      requiresAuth: true,
      body: payBody(),
      answers: {
        200: { when: 'the existing payment', body: paymentView },
        201: { when: 'the new payment: captured, or authorised if the capture takes longer', body: paymentView },
      },
      errors: {
        400: ['unknown-payment-method'],
        402: ['card-declined', 'authentication-required', 'payment-refused'],
        404: ['order-not-ready'],
        409: ['order-closed', 'order-expired', 'payment-in-progress', 'too-many-attempts'],
        503: ['payment-pending', 'busy'],
      },
    },
    show: {
      method: 'get',
      path: '/:orderId',
      summary: "Returns the payment for the buyer's order, once there was an attempt to pay",
      requiresAuth: true,
      params: z.strictObject({ orderId }),
      answers: { 200: { when: 'the payment', body: paymentView } },
      errors: { 404: ['payment-not-found'] },
    },
  },
} as const satisfies Api;
