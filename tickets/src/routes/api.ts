import type { Api } from '@ticketing/common';
import {
  MAX_AMOUNT,
  anyInstant,
  choice,
  listingInput,
  integerText,
  pageQuery,
  text,
  ticketId,
  ticketPage,
  ticketView,
} from '@ticketing/common/shapes';
import { z } from 'zod';

/** The sort orders of the list. */
export const SORT_NAMES = ['newest', 'price', '-price', 'soonest'] as const;

const amount = integerText({ min: 0, max: MAX_AMOUNT }).optional();
const params = z.strictObject({ id: ticketId });
const listing = listingInput().meta({ id: 'Listing' });
const leadsTo = { 'tickets.show': 'path id', 'tickets.edit': 'path id', 'tickets.withdraw': 'path id' };
const unchangeable = { 403: ['not-your-ticket'], 404: ['ticket-not-found'], 409: ['ticket-reserved', 'ticket-sold'] };

export const api = {
  prefix: '/api/tickets',
  about: 'Tickets: what is for sale, and how sellers change it.',
  routes: {
    list: {
      method: 'get',
      path: '/',
      summary: 'Lists the tickets that can be ordered now',
      query: z.strictObject({
        search: text({ min: 0, max: 100 }).optional(),
        minPrice: amount,
        maxPrice: amount,
        after: anyInstant.optional(),
        before: anyInstant.optional(),
        sort: choice(SORT_NAMES).optional(),
        ...pageQuery.shape,
      }),
      answers: { 200: { when: 'a page of tickets', body: ticketPage } },
      errors: { 400: ['invalid-cursor'] },
    },
    mine: {
      method: 'get',
      path: '/mine',
      summary: "Lists the seller's own tickets, in every state",
      requiresAuth: true,
      query: pageQuery,
      answers: { 200: { when: 'a page of tickets', body: ticketPage } },
      errors: { 400: ['invalid-cursor'] },
    },
    show: {
      method: 'get',
      path: '/:id',
      summary: 'Returns a ticket',
      params,
      answers: { 200: { when: 'the ticket', body: ticketView } },
      errors: { 404: ['ticket-not-found'], 410: ['ticket-withdrawn'] },
    },
    create: {
      method: 'post',
      path: '/',
      summary: 'Puts a ticket up for sale',
      idempotency: 'replayed',
      requiresAuth: true,
      body: listing,
      answers: { 201: { when: 'the new ticket', body: ticketView, leadsTo } },
    },
    edit: {
      method: 'put',
      path: '/:id',
      summary: 'Replaces the listing of a ticket; fields that are left out are removed',
      requiresAuth: true,
      params,
      body: listing,
      answers: { 200: { when: 'the changed ticket', body: ticketView } },
      errors: { ...unchangeable, 410: ['ticket-withdrawn'], 503: ['busy'] },
    },
    withdraw: {
      method: 'delete',
      path: '/:id',
      summary: 'Withdraws a ticket, which is final',
      requiresAuth: true,
      params,
      answers: { 204: { when: 'the ticket is withdrawn', body: null } },
      errors: { ...unchangeable, 410: ['ticket-withdrawn'], 503: ['busy'] },
    },
  },
} as const satisfies Api;
