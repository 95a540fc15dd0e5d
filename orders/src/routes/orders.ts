import { badRequest, input, rateLimit, requireUser, signedIn, validate } from '@ticketing/common';
import { driverCollection, findShared } from '@ticketing/common/mongo';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { OrderPage, OrderView, OrderWithHistory } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { OrdersContext } from '../context.ts';
import { orderNotFound } from '../order.ts';
import type { OrderState } from '../order.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import { api } from './api.ts';

export function orderRoutes(context: OrdersContext, rateLimits: boolean): Router {
  const { orders, now } = context;
  const router = Router();

  /** An order as the API shows it; `serverNow` lets a page count down whatever its own clock says. */
  function view(order: OrderState): OrderView {
    const { _id: id, version, ticketId, number, userId, status, reason, offer, createdAt, expiresAt } = order;
    const ticket = { id: ticketId, ...offer };
    const serverNow = now().toISOString();
    return { id, version, ticketId, number, userId, status, reason, ticket, createdAt, expiresAt, serverNow };
  }

  const { place, list, show, cancel } = api.routes;

  router.post(
    place.path,
    signedIn,
    rateLimit({ enabled: rateLimits, points: 60, seconds: 60, keyOf: (req) => requireUser(req).id }),
    validate(place),
    async (req, res) => {
      const command = input<typeof place>(req);
      const { order, isNew } = await placeOrder(context, { ...command, userId: requireUser(req).id });
      res
        .status(isNew ? 201 : 200)
        .location(`${api.prefix}/${order._id}`)
        .json(view(order));
    },
  );

  router.get(list.path, signedIn, validate(list), async (req, res) => {
    const { limit = DEFAULT_LIMIT, cursor } = input<typeof list>(req);
    const found = await driverCollection(orders)
      .find(
        { userId: requireUser(req).id, ...(cursor !== undefined && olderThan(cursor)) },
        {
          projection: { outbox: 0, history: 0 },
          sort: { createdAt: -1, _id: -1 },
          // One more than asked for tells whether there is a next page.
          limit: limit + 1,
          singleBatch: true,
        },
      )
      .toArray();
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next =
      last && found.length > limit
        ? Buffer.from(JSON.stringify([last.createdAt, last._id])).toString('base64url')
        : null;
    const answer: OrderPage = { orders: page.map(view), next };
    res.json(answer);
  });

  router.get(show.path, signedIn, validate(show), async (req, res) => {
    const order = await findShared(orders, input<typeof show>(req).id);
    if (order?.userId !== requireUser(req).id) throw orderNotFound();
    const answer: OrderWithHistory = { ...view(order), history: order.history };
    res.json(answer);
  });

  router.delete(cancel.path, signedIn, validate(cancel), async (req, res) => {
    res.json(view(await cancelOrder(context, input<typeof cancel>(req).id, requireUser(req).id)));
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
