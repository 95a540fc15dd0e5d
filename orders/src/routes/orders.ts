import { input, matchedVersions, networkOf, rateLimit, requireUser, requireAuth, validate } from '@ticketing/common';
import { DEFAULT_LIMIT } from '@ticketing/common/shapes';
import type { OrderPage, OrderView, OrderWithHistory } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { RequestHandler, Response } from 'express';
import type { OrdersContext } from '../context.ts';
import type { OrderState } from '../order.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import { readOrder } from '../use-cases/read-order.ts';
import { api } from './api.ts';
import { coalescedPlacing } from './coalesced-placing.ts';

/** The routes to place, read and cancel a buyer's own orders. `idempotent` comes before the validation of a POST. */
export function orderRoutes(context: OrdersContext, rateLimits: boolean, idempotent: RequestHandler): Router {
  const { queries, now } = context;
  const placeFirst = coalescedPlacing((command) => placeOrder(context, command));
  const router = Router();
  const perUser = () =>
    rateLimit({ enabled: rateLimits, points: 60, seconds: 60, keyOf: (req) => requireUser(req).id });

  /** An order as the API returns it. With `serverNow` a page counts down correctly even if the browser's clock is wrong. */
  function view(order: Omit<OrderState, 'history'>): OrderView {
    const { _id: id, version, ticketId, number, userId, status, reason, offer, createdAt, expiresAt } = order;
    const ticket = { id: ticketId, ...offer };
    const serverNow = now().toISOString();
    return { id, version, ticketId, number, userId, status, reason, ticket, createdAt, expiresAt, serverNow };
  }

  /** Sends an order with its entity tag. `serverNow` is the time of the answer, not a part of the order. */
  const sendOrder = <View extends OrderView>(res: Response, order: View): void => {
    res.setHeader('ETag', `"${order.version}"`).json(order);
  };

  const { place, list, show, cancel } = api.routes;

  router.post(place.path, requireAuth, perUser(), idempotent, validate(place), async (req, res) => {
    const { commandId } = req;
    const { id: userId, confirmed = false } = requireUser(req);
    const limits = rateLimits ? { network: networkOf(req), isUnconfirmed: !confirmed } : {};
    const command = { ...input<typeof place>(req), ...limits, userId, commandId };
    const { order, isNew } = await placeFirst(command);
    sendOrder(res.status(isNew ? 201 : 200).location(`${api.prefix}/${order._id}`), view(order));
  });

  router.get(list.path, requireAuth, validate(list), async (req, res) => {
    const { limit = DEFAULT_LIMIT, cursor, ticketId } = input<typeof list>(req);
    const page = await queries.ordersOf(requireUser(req).id, { size: limit, cursor, ticketId });
    const answer: OrderPage = { orders: page.orders.map(view), next: page.next };
    res.json(answer);
  });

  router.get(show.path, requireAuth, validate(show), async (req, res) => {
    const order = await readOrder(context, input<typeof show>(req).id, requireUser(req).id);
    const answer: OrderWithHistory = { ...view(order), history: order.history };
    sendOrder(res, answer);
  });

  router.delete(cancel.path, requireAuth, perUser(), validate(cancel), async (req, res) => {
    const seen = matchedVersions(req.get('if-match'));
    sendOrder(res, view(await cancelOrder(context, input<typeof cancel>(req).id, requireUser(req).id, seen)));
  });

  return router;
}
