import {
  badRequest,
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
import { driverCollection, findShared } from '@ticketing/common/mongo';
import { Router } from 'express';
import { body, param, query } from 'express-validator';
import type { OrdersContext } from '../context.ts';
import { orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { placeOrder } from '../use-cases/place-order.ts';

const DEFAULT_LIMIT = 20;
const idParam = required(param('id'), isOrderId);

export function orderRoutes(context: OrdersContext, rateLimits: boolean): Router {
  const { orders, now } = context;
  const router = Router();

  /** An order as the API shows it; `serverNow` lets a page count down whatever its own clock says. */
  function view({ _id, version, number, userId, status, reason, offer, ticketId, createdAt, expiresAt }: OrderState) {
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
      const { order, isNew } = await placeOrder(context, { ...command, userId: requireUser(req).id });
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
      const size = Number(limit);
      const found = await driverCollection(orders)
        .find(
          { userId: requireUser(req).id, ...(cursor !== undefined && olderThan(cursor)) },
          {
            projection: { outbox: 0, history: 0 },
            sort: { createdAt: -1, _id: -1 },
            // One more than asked for tells whether there is a next page.
            limit: size + 1,
            singleBatch: true,
          },
        )
        .toArray();
      const page = found.slice(0, size);
      const last = page.at(-1);
      const next =
        last && found.length > size
          ? Buffer.from(JSON.stringify([last.createdAt, last._id])).toString('base64url')
          : null;
      res.json({ orders: page.map(view), next });
    },
  );

  router.get('/:id', signedIn, validate(idParam), async (req, res) => {
    const order = await findShared(orders, input<{ id: string }>(req).id);
    if (order?.userId !== requireUser(req).id) throw orderNotFound();
    res.json({ ...view(order), history: order.history });
  });

  router.delete('/:id', signedIn, validate(idParam), async (req, res) => {
    res.json(view(await cancelOrder(context, input<{ id: string }>(req).id, requireUser(req).id)));
  });

  return router;
}

function olderThan(cursor: string): object {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [createdAt, id] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    if (typeof createdAt === 'string' && typeof id === 'string')
      return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: id } }] };
  } catch {
    // Not one of ours.
  }
  throw badRequest('invalid-cursor', 'This page does not exist. Start again from the first one.', { field: 'cursor' });
}
