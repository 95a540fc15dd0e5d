import type { Api } from '@ticketing/common';
import {
  moneyInput,
  offerTagInput,
  orderId,
  orderPage,
  orderView,
  orderWithHistory,
  pageQuery,
  ticketId,
} from '@ticketing/common/shapes';
import { z } from 'zod';

const leadsTo = { 'payments.pay': 'body orderId', 'orders.show': 'path id', 'orders.cancel': 'path id' };
const params = z.strictObject({ id: orderId });

export const api = {
  prefix: '/api/orders',
  about: 'Orders: what buyers hold and have bought.',
  routes: {
    place: {
      method: 'post',
      path: '/',
      summary: 'Orders a ticket and holds it for the buyer',
      tagged: true,
      idempotency: 'replayed',
      requiresAuth: true,
      body: z.strictObject({
        ticketId,
        expectedPrice: moneyInput.optional(),
        /** The tag of the whole offer that the buyer saw. */
        expectedOffer: offerTagInput.optional(),
      }),
      answers: {
        200: { when: 'the order that already holds the ticket for the buyer', body: orderView, leadsTo },
        201: { when: 'the new order', body: orderView, leadsTo },
      },
      errors: {
        403: ['own-ticket'],
        404: ['ticket-not-found'],
        409: [
          ...['price-changed', 'offer-changed', 'ticket-reserved', 'ticket-sold', 'listing-closed'],
          ...['hold-paused', 'holds-paused', 'too-many-holds', 'unconfirmed-holds', 'network-holds'],
        ],
        410: ['ticket-withdrawn'],
        503: ['busy'],
      },
    },
    list: {
      method: 'get',
      path: '/',
      summary: "Lists the buyer's own orders, newest first; with ticketId those of one ticket",
      requiresAuth: true,
      query: pageQuery.extend({ ticketId: ticketId.optional() }),
      answers: { 200: { when: 'a page of orders', body: orderPage } },
      errors: { 400: ['invalid-cursor'] },
    },
    show: {
      method: 'get',
      path: '/:id',
      summary: 'Returns an order of the buyer; just after a change it waits for one that is due',
      tagged: true,
      requiresAuth: true,
      params,
      answers: { 200: { when: 'the order with its history', body: orderWithHistory } },
      errors: { 404: ['order-not-found'] },
    },
    cancel: {
      method: 'delete',
      path: '/:id',
      summary: 'Cancels an order; idempotent',
      tagged: true,
      requiresAuth: true,
      params,
      answers: { 200: { when: 'the cancelled order', body: orderView } },
      errors: { 404: ['order-not-found'], 409: ['order-closed'], 412: ['order-changed'], 503: ['busy'] },
    },
  },
} as const satisfies Api;
