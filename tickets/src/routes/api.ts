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

/** The orders that the list can come in. */
export const SORT_NAMES = ['newest', 'price', '-price', 'soonest'] as const;

const amount = integerText({ min: 0, max: MAX_AMOUNT }).optional();
const params = z.strictObject({ id: ticketId });
const listing = listingInput().meta({ id: 'Listing' });
const unchangeable = { 403: ['not-your-ticket'], 404: ['ticket-not-found'], 409: ['ticket-reserved', 'ticket-sold'] };

export const api = {
  prefix: '/api/tickets',
  about: 'What is for sale, and what sellers do with it.',
  routes: {
    list: {
      method: 'get',
      path: '/',
      summary: 'The tickets that can be ordered now',
      query: z.strictObject({
        search: text({ min: 0, max: 100 }).optional(),
        minPrice: amount,
        maxPrice: amount,
        after: anyInstant.optional(),
        before: anyInstant.optional(),
        sort: choice(SORT_NAMES).optional(),
        ...pageQuery.shape,
      }),
      answers: { 200: { when: 'a page of them', body: ticketPage } },
      errors: { 400: ['invalid-cursor'] },
    },
    mine: {
      method: 'get',
      path: '/mine',
      summary: "The seller's own tickets, in every state",
      requiresAuth: true,
      query: pageQuery,
      answers: { 200: { when: 'a page of them', body: ticketPage } },
      errors: { 400: ['invalid-cursor'] },
    },
    show: {
      method: 'get',
      path: '/:id',
      summary: 'A ticket',
      params,
      answers: { 200: { when: 'the ticket', body: ticketView } },
      errors: { 404: ['ticket-not-found'], 410: ['ticket-withdrawn'] },
    },
    create: {
      method: 'post',
      path: '/',
      summary: 'Puts a ticket up for sale',
      requiresAuth: true,
      body: listing,
      answers: { 201: { when: 'the new ticket', body: ticketView } },
    },
    edit: {
      method: 'put',
      path: '/:id',
      summary: 'Replaces what the seller gave of a ticket; what is left out goes away',
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
      answers: { 204: { when: 'it is withdrawn', body: null } },
      errors: { ...unchangeable, 410: ['ticket-withdrawn'], 503: ['busy'] },
    },
  },
} as const satisfies Api;
