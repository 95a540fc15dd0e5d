import { input, isOrderId, rateLimit, required, requireUser, signedIn, validate } from '@ticketing/common';
import type { Test } from '@ticketing/common';
import { Router } from 'express';
import { body, param } from 'express-validator';
import type { PaymentsContext } from '../context.ts';
import { paymentNotFound } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { payOrder } from '../use-cases/pay-order.ts';

/** A payment as the API shows it. */
function view({ _id: orderId, status, order, attempts, version }: PaymentState) {
  const shown = attempts.map(({ number, status, at, declineCode }) => ({ number, status, at, declineCode }));
  return { orderId, status, ...order.price, attempts: shown, version };
}

export function paymentRoutes(context: PaymentsContext, rateLimits: boolean): Router {
  const router = Router();

  const isPaymentMethod: Test = (value) => {
    const message = 'This must be the id of a payment method.';
    if (typeof value !== 'string') return { code: 'invalid-type', message };
    return context.provider.isPaymentMethod(value) ? undefined : { code: 'invalid-format', message };
  };

  router.post(
    '/',
    signedIn,
    rateLimit({ enabled: rateLimits, points: 30, seconds: 60, keyOf: (req) => requireUser(req).id }),
    validate(required(body('orderId'), isOrderId), required(body('paymentMethod'), isPaymentMethod)),
    async (req, res) => {
      const command = input<{ orderId: string; paymentMethod: string }>(req);
      const { payment, isNew } = await payOrder(context, { ...command, userId: requireUser(req).id });
      res
        .status(isNew ? 201 : 200)
        .location(`/api/payments/${payment._id}`)
        .json(view(payment));
    },
  );

  router.get('/:orderId', signedIn, validate(required(param('orderId'), isOrderId)), async (req, res) => {
    const { orderId } = input<{ orderId: string }>(req);
    const payment = await context.payments.find(orderId);
    if (payment?.order.userId !== requireUser(req).id || payment.status === 'none') throw paymentNotFound();
    res.json(view(payment));
  });

  return router;
}
