import type { Api } from '@ticketing/common';
import { matching, orderId, paymentView } from '@ticketing/common/shapes';
import { z } from 'zod';

const paymentMethod = matching(/^pm_[A-Za-z0-9_]{1,200}$/, 'a payment method id, such as pm_card_visa');

export const api = {
  prefix: '/api/payments',
  about: 'Payments for orders.',
  routes: {
    pay: {
      method: 'post',
      path: '/',
      summary: 'Pays for an order; idempotent once it is paid',
      requiresAuth: true,
      limited: true,
      body: z.strictObject({ orderId, paymentMethod }),
      answers: {
        200: { when: 'the existing payment', body: paymentView },
        201: { when: 'the newly authorised payment', body: paymentView },
      },
      errors: {
        400: ['unknown-payment-method'],
        402: ['card-declined', 'authentication-required', 'payment-refused'],
        404: ['payment-not-found'],
        409: ['order-not-ready', 'order-closed', 'order-expired', 'payment-in-progress', 'too-many-attempts'],
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
