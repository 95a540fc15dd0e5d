import {
  input,
  integerText,
  isOrderId,
  isTicketId,
  moneyProblem,
  optional,
  rateLimit,
  required,
  requireUser,
  signedIn,
  text,
  validate,
} from '@ticketing/common';
import type { Money } from '@ticketing/common';
import { Router } from 'express';
import { body, param, query } from 'express-validator';
import type { OrdersContext } from '../context.ts';
import { orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import { coalescedPlacing } from './coalesced-placing.ts';

const DEFAULT_LIMIT = 20;
const idParam = required(param('id'), isOrderId);

export function orderRoutes(context: OrdersContext, rateLimits: boolean): Router {
  const { orders, queries, now } = context;
  const place = coalescedPlacing((command) => placeOrder(context, command));
  const router = Router();

  /** An order as the API shows it; `serverNow` lets a page count down whatever its own clock says. */
  function view({
    _id,
    version,
    number,
    userId,
    status,
    reason,
    offer,
    ticketId,
    createdAt,
    expiresAt,
  }: Omit<OrderState, 'history'>) {
    const ticket = { id: ticketId, ...offer };
    return {
      id: _id,
      ticketId,
      number,
      userId,
      status,
      reason,
      ticket,
      createdAt,
      expiresAt,
      serverNow: now().toISOString(),
      version,
    };
  }

  router.post(
    '/',
    signedIn,
    rateLimit({ enabled: rateLimits, points: 60, seconds: 60, keyOf: (req) => requireUser(req).id }),
    validate(
      required(body('ticketId'), isTicketId),
      optional(
        body('expectedPrice'),
        (value) => moneyProblem('expectedPrice', value),
        ({ amount, currency }: Money) => ({ amount, currency }),
      ),
    ),
    async (req, res) => {
      const command = input<{ ticketId: string; expectedPrice?: Money }>(req);
      const { order, isNew } = await place({ ...command, userId: requireUser(req).id });
      res
        .status(isNew ? 201 : 200)
        .location(`/api/orders/${order._id}`)
        .json(view(order));
    },
  );

  router.get(
    '/',
    signedIn,
    validate(
      optional(query('limit'), integerText({ min: 1, max: 100 })),
      optional(query('cursor'), text({ max: 500 })),
    ),
    async (req, res) => {
      const { limit = DEFAULT_LIMIT, cursor } = input<{ limit?: string; cursor?: string }>(req);
      const page = await queries.ordersOf(requireUser(req).id, { size: Number(limit), cursor });
      res.json({ orders: page.orders.map(view), next: page.next });
    },
  );

  router.get('/:id', signedIn, validate(idParam), async (req, res) => {
    const order = await orders.find(input<{ id: string }>(req).id);
    if (order?.userId !== requireUser(req).id) throw orderNotFound();
    res.json({ ...view(order), history: order.history });
  });

  router.delete('/:id', signedIn, validate(idParam), async (req, res) => {
    res.json(view(await cancelOrder(context, input<{ id: string }>(req).id, requireUser(req).id)));
  });

  return router;
}
