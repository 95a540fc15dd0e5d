import { input, rateLimit, requireUser, requireAuth, validate } from '@ticketing/common';
import type { PaymentView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { RequestHandler } from 'express';
import type { PaymentsContext } from '../context.ts';
import { paymentNotFound, shownStatus } from '../payment.ts';
import type { PaymentState } from '../payment.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import { api, payBody } from './api.ts';

/** A payment as the API returns it. */
function view({ _id: orderId, status, order, attempts, card, version }: PaymentState): PaymentView {
  const shown = attempts.map(({ number, status, at, declineCode }) => ({ number, status, at, declineCode }));
  return { orderId, version, status: shownStatus(status), ...order.price, card, attempts: shown };
}

/** The routes to pay for a buyer's own order and to read its payment. `idempotent` comes before the validation of a POST. */
export function paymentRoutes(context: PaymentsContext, rateLimits: boolean, idempotent: RequestHandler): Router {
  const router = Router();
  const { pay, show } = api.routes;
  const body = payBody((id) => context.provider.isPaymentMethod(id));

  router.post(
    pay.path,
    requireAuth,
    rateLimit({ enabled: rateLimits, points: 30, seconds: 60, keyOf: (req) => requireUser(req).id }),
    idempotent,
    validate({ ...pay, body }),
    async (req, res) => {
      const { commandId } = req;
      const { payment, isNew } = await payOrder(context, {
        ...input<typeof pay>(req),
        userId: requireUser(req).id,
        commandId,
      });
      res
        .status(isNew ? 201 : 200)
        .location(`${api.prefix}/${payment._id}`)
        .json(view(payment));
    },
  );

  router.get(show.path, requireAuth, validate(show), async (req, res) => {
    const { orderId } = input<typeof show>(req);
    const payment = await context.payments.find(orderId);
    if (payment?.order.userId !== requireUser(req).id || payment.status === 'none') throw paymentNotFound();
    res.json(view(payment));
  });

  return router;
}
