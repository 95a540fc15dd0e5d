import { type Answer, type Http, withQuery } from './http.ts';
import type { Order, OrderInput, OrderListQuery, OrderPage } from './types.ts';

const orderPath = (id: string): string => `/api/orders/${encodeURIComponent(id)}`;

/** Whether an address can name an order: the ticket's id and the order's number. */
export const isOrderId = (id: string): boolean => /^[0-9a-f]{24}-[1-9][0-9]{0,8}$/.test(id);

/** A page of the visitor's own orders, newest first; with `ticketId` those of one ticket. */
export const listMyOrders = (http: Http, query: OrderListQuery): Promise<Answer<OrderPage>> =>
  http('GET', withQuery('/api/orders', query));

/** One of the visitor's own orders, with its history. */
export const getOrder = (http: Http, id: string): Promise<Answer<Order>> => http('GET', orderPath(id));

/** Orders a ticket, which holds it for the visitor; 409 when the price or the offer is not the expected one. Once with the same key. */
export const placeOrder = (http: Http, input: OrderInput, key?: string): Promise<Answer<Order>> =>
  http('POST', '/api/orders', input, key);

/** Cancels an order, which puts its ticket back on sale. */
export const cancelOrder = (http: Http, id: string): Promise<Answer<Order>> => http('DELETE', orderPath(id));
