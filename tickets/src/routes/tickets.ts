import {
  gone,
  input,
  integerText,
  isTicketId,
  matching,
  optional,
  required,
  requireUser,
  signedIn,
  text,
  validate,
} from '@ticketing/common';
import { Router } from 'express';
import { param, query } from 'express-validator';
import type { TicketsContext } from '../context.ts';
import { orderable, sortNames } from '../models/list-query.ts';
import type { ListQuery } from '../models/list-query.ts';
import { snapshot, ticketNotFound } from '../ticket.ts';
import type { Listing, TicketState } from '../ticket.ts';
import { editTicket } from '../use-cases/edit-ticket.ts';
import { listTicket } from '../use-cases/list-ticket.ts';
import { withdrawTicket } from '../use-cases/withdraw-ticket.ts';
import { cachedPages } from './cached-pages.ts';
import { isInstant, listingChains, utc } from './listing.ts';

const MAX_LIMIT = 100;
const cursor = text({ max: 500 });
const limit = integerText({ min: 1, max: MAX_LIMIT });
const amount = integerText({ min: 0, max: 99_999_999 });
const idParam = required(param('id'), isTicketId);

/** A ticket as the API shows it: without who holds or bought it. */
function view(ticket: TicketState) {
  const { orderId, reservedUntil, ...rest } = snapshot(ticket);
  return { ...rest, ...(ticket.status === 'held' && { reservedUntil }) };
}

export function ticketRoutes(context: TicketsContext): Router {
  const { tickets, queries, now } = context;
  const router = Router();

  const listPage = cachedPages({
    version: (list) => queries.pageVersion(orderable(now()), list),
    async read(list) {
      const { tickets: page, next, version } = await queries.page(orderable(now()), list);
      return { body: { tickets: page.map(view), next }, version };
    },
  });

  router.get(
    '/',
    validate(
      optional(query('search'), text({ min: 0, max: 100 })),
      optional(query('minPrice'), amount),
      optional(query('maxPrice'), amount),
      optional(query('after'), isInstant, utc),
      optional(query('before'), isInstant, utc),
      optional(query('sort'), matching(new RegExp(`^(${sortNames.join('|')})$`), `one of ${sortNames.join(', ')}`)),
      optional(query('limit'), limit),
      optional(query('cursor'), cursor),
    ),
    async (req, res) => {
      const page = await listPage(input<ListQuery>(req));
      res
        .setHeader('Content-Type', 'application/json; charset=utf-8')
        .setHeader('Content-Length', page.length)
        .end(page);
    },
  );

  router.get(
    '/mine',
    signedIn,
    validate(optional(query('limit'), limit), optional(query('cursor'), cursor)),
    async (req, res) => {
      const page = await queries.page([{ sellerId: requireUser(req).id }], input<ListQuery>(req));
      res.json({ tickets: page.tickets.map(view), next: page.next });
    },
  );

  router.get('/:id', validate(idParam), async (req, res) => {
    const ticket = await tickets.find(input<{ id: string }>(req).id);
    if (ticket === null) throw ticketNotFound();
    if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');
    res.json(view(ticket));
  });

  router.post('/', signedIn, validate(...listingChains(now)), async (req, res) => {
    const ticket = await listTicket(context, requireUser(req).id, input<Listing>(req));
    res.status(201).location(`/api/tickets/${ticket._id}`).json(view(ticket));
  });

  router.put('/:id', signedIn, validate(idParam, ...listingChains(now)), async (req, res) => {
    const { id, ...listing } = input<Listing & { id: string }>(req);
    res.json(view(await editTicket(context, id, requireUser(req).id, listing)));
  });

  router.delete('/:id', signedIn, validate(idParam), async (req, res) => {
    await withdrawTicket(context, input<{ id: string }>(req).id, requireUser(req).id);
    res.status(204).end();
  });

  return router;
}
