import { gone, input, requireUser, requireAuth, validate } from '@ticketing/common';
import { listingInput } from '@ticketing/common/shapes';
import type { TicketPage, TicketView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { TicketsContext } from '../context.ts';
import { orderable } from '../models/list-query.ts';
import { publicFields, ticketNotFound } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';
import { editTicket } from '../use-cases/edit-ticket.ts';
import { listTicket } from '../use-cases/list-ticket.ts';
import { withdrawTicket } from '../use-cases/withdraw-ticket.ts';
import { api } from './api.ts';
import { cachedPages } from './cached-pages.ts';
import { addDeliveryRoutes } from './delivery.ts';

/** A ticket as the API returns it: it does not reveal who holds or bought it. */
function view(ticket: TicketState): TicketView {
  return { ...publicFields(ticket), ...(ticket.status === 'held' && { reservedUntil: ticket.hold?.reservedUntil }) };
}

/** The routes to list, find, edit and withdraw tickets. */
export function ticketRoutes(context: TicketsContext): Router {
  const { tickets, queries, now } = context;
  const router = Router();

  const listPage = cachedPages({
    version: (query) => queries.pageVersion(orderable(now()), query),
    async read(query) {
      const { tickets: page, next, version } = await queries.page(orderable(now()), query);
      return { body: { tickets: page.map(view), next } satisfies TicketPage, version };
    },
  });

  const { list, mine, show, create, edit, withdraw } = api.routes;
  // The clock of the service decides whether an event starts in the future.
  const body = listingInput(now);

  router.get(list.path, validate(list), async (req, res) => {
    const page = await listPage(input<typeof list>(req));
    res.setHeader('Content-Type', 'application/json; charset=utf-8').setHeader('Content-Length', page.length).end(page);
  });

  router.get(mine.path, requireAuth, validate(mine), async (req, res) => {
    const page = await queries.page([{ sellerId: requireUser(req).id }], input<typeof mine>(req));
    const answer: TicketPage = { tickets: page.tickets.map(view), next: page.next };
    res.json(answer);
  });

  router.get(show.path, validate(show), async (req, res) => {
    const ticket = await tickets.find(input<typeof show>(req).id);
    if (ticket === null) throw ticketNotFound();
    if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');
    res.json(view(ticket));
  });

  router.post(create.path, requireAuth, validate({ ...create, body }), async (req, res) => {
    const ticket = await listTicket(context, requireUser(req).id, input<typeof create>(req));
    res.status(201).location(`${api.prefix}/${ticket._id}`).json(view(ticket));
  });

  router.put(edit.path, requireAuth, validate({ ...edit, body }), async (req, res) => {
    const { id, ...listing } = input<typeof edit>(req);
    res.json(view(await editTicket(context, id, requireUser(req).id, listing)));
  });

  router.delete(withdraw.path, requireAuth, validate(withdraw), async (req, res) => {
    await withdrawTicket(context, input<typeof withdraw>(req).id, requireUser(req).id);
    res.status(204).end();
  });

  addDeliveryRoutes(router, context);
  return router;
}
