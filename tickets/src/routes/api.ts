import type { Api } from '@ticketing/common';
import {
  CATEGORIES,
  CURRENCIES,
  MAX_AMOUNT,
  choice,
  listingInput,
  integerText,
  pageQuery,
  queryDay,
  queryInstant,
  seenVersion,
  text,
  ticketId,
  ticketPage,
  ticketSearch,
  ticketView,
  trimmed,
} from '@ticketing/common/shapes';
import { z } from 'zod';
import { deliveryRoutes } from './delivery-api.ts';

/** The sort orders of the list. */
export const SORT_NAMES = ['newest', 'price', '-price', 'soonest'] as const;

const amount = integerText({ min: 0, max: MAX_AMOUNT }).optional();
/** The id of an event: an instant, in milliseconds. */
export const position = integerText({ min: 0, max: 9e14 });
const params = z.strictObject({ id: ticketId });

/** The body of a new listing and that of an edit. `now` decides whether the event starts in the future. */
export const listingBodies = (now?: () => Date) => {
  const listing = listingInput(now);
  return { create: listing, edit: listing.extend({ version: seenVersion.optional() }) };
};
const bodies = listingBodies();
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
        category: choice(CATEGORIES).optional(),
        /** Compared without accents and case. */
        city: trimmed(text({ max: 80 })).optional(),
        /** Of the prices; usd if there is a bound and no currency. */
        currency: choice(CURRENCIES).optional(),
        minPrice: amount,
        maxPrice: amount,
        after: queryInstant.optional(),
        before: queryInstant.optional(),
        /** The first and the last day of the event, where it takes place. */
        from: queryDay.optional(),
        to: queryDay.optional(),
        sort: choice(SORT_NAMES).optional(),
        ...pageQuery.shape,
      }),
      answers: { 200: { when: 'a page of tickets', body: ticketSearch } },
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
    events: {
      method: 'get',
      path: '/events',
      summary: 'Tells which tickets change, as server-sent events',
      query: z.strictObject({
        /** The id of the last event that was received, for readers who can't send the header Last-Event-ID, which has precedence. */
        after: position.optional(),
      }),
      answers: {
        200: {
          when: 'events until the connection is closed, by either side: `ready`; `ticket` with the `id`, `version` and `status` of a ticket that was listed, changed, held, released, sold or withdrawn, where only a higher version counts; `reset` when too much was missed, and what is shown has to be read again',
          body: null,
          types: ['text/event-stream'],
        },
      },
      errors: { 503: ['too-many-streams'] },
    },
    show: {
      method: 'get',
      path: '/:id',
      summary: 'Returns a ticket',
      tagged: true,
      params,
      answers: { 200: { when: 'the ticket', body: ticketView } },
      errors: { 404: ['ticket-not-found'], 410: ['ticket-withdrawn'] },
    },
    create: {
      method: 'post',
      path: '/',
      summary: 'Puts a ticket up for sale',
      tagged: true,
      idempotency: 'replayed',
      requiresAuth: true,
      body: bodies.create.meta({ id: 'Listing' }),
      answers: { 201: { when: 'the new ticket', body: ticketView, leadsTo } },
      errors: { 400: ['currency-mismatch'] },
    },
    edit: {
      method: 'put',
      path: '/:id',
      summary: 'Replaces the listing of a ticket; fields that are left out are removed',
      tagged: true,
      requiresAuth: true,
      params,
      body: bodies.edit.meta({ id: 'ListingEdit' }),
      answers: { 200: { when: 'the changed ticket', body: ticketView } },
      errors: {
        ...unchangeable,
        400: ['currency-mismatch'],
        409: [...unchangeable[409], 'ticket-changed'],
        410: ['ticket-withdrawn'],
        412: ['ticket-changed'],
        503: ['busy'],
      },
    },
    withdraw: {
      method: 'delete',
      path: '/:id',
      summary: 'Withdraws a ticket, which is final',
      tagged: true,
      requiresAuth: true,
      params,
      answers: { 204: { when: 'the ticket is withdrawn', body: null } },
      errors: { ...unchangeable, 410: ['ticket-withdrawn'], 412: ['ticket-changed'], 503: ['busy'] },
    },
    ...deliveryRoutes,
  },
} as const satisfies Api;
