import { gone, input, requireUser, shared, signedIn, validate } from '@ticketing/common';
import { findShared } from '@ticketing/common/mongo';
import { givenListing } from '@ticketing/common/shapes';
import type { TicketPage, TicketView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { TicketsContext } from '../context.ts';
import { snapshot, ticketNotFound } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';
import { editTicket } from '../use-cases/edit-ticket.ts';
import { listTicket } from '../use-cases/list-ticket.ts';
import { withdrawTicket } from '../use-cases/withdraw-ticket.ts';
import { api } from './api.ts';
import { findPage, findStamp, orderable } from './list-query.ts';
import type { ListQuery } from './list-query.ts';

/** A page of 100 tickets with long notes takes 150 kB. */
const KEPT_PAGES = 50;

/** A ticket as the API shows it: who bought it is nobody's business. */
function view(ticket: TicketState): TicketView {
  const { orderId, reservedUntil, ...rest } = snapshot(ticket);
  return { ...rest, ...(ticket.status === 'held' && { reservedUntil }) };
}

export function ticketRoutes(context: TicketsContext): Router {
  const { tickets, now } = context;
  const router = Router();

  const kept = new Map<string, { stamp: string; bytes: Buffer; isQuiet: boolean }>();
  /**
   * A page of the list as the bytes of its JSON: most visitors ask for the same one, and while it does not change they get the
   * same bytes. Where it changes all the time it is read at once, without a look at its stamp.
   */
  const listPage = shared(async (key) => {
    const [base, query] = [orderable(now()), JSON.parse(key) as ListQuery];
    const last = kept.get(key);
    if (last?.isQuiet && (await findStamp(tickets, base, query)) === last.stamp) return last.bytes;
    const { page, next, stamp } = await findPage(tickets, base, query);
    const bytes = Buffer.from(JSON.stringify({ tickets: page.map(view), next } satisfies TicketPage));
    if (kept.size >= KEPT_PAGES) kept.clear();
    kept.set(key, { stamp, bytes, isQuiet: stamp === last?.stamp });
    return bytes;
  });

  const { list, mine, show, create, edit, withdraw } = api.routes;
  // A listing starts in the future by the clock of the service.
  const body = givenListing(now);

  router.get(list.path, validate(list), async (req, res) => {
    const page = await listPage(JSON.stringify(input<typeof list>(req)));
    res.setHeader('Content-Type', 'application/json; charset=utf-8').setHeader('Content-Length', page.length).end(page);
  });

  router.get(mine.path, signedIn, validate(mine), async (req, res) => {
    const { page, next } = await findPage(tickets, [{ sellerId: requireUser(req).id }], input<typeof mine>(req));
    const answer: TicketPage = { tickets: page.map(view), next };
    res.json(answer);
  });

  router.get(show.path, validate(show), async (req, res) => {
    const ticket = await findShared(tickets, input<typeof show>(req).id);
    if (ticket === null) throw ticketNotFound();
    if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');
    res.json(view(ticket));
  });

  router.post(create.path, signedIn, validate({ ...create, body }), async (req, res) => {
    const ticket = await listTicket(context, requireUser(req).id, input<typeof create>(req));
    res.status(201).location(`${api.prefix}/${ticket._id}`).json(view(ticket));
  });

  router.put(edit.path, signedIn, validate({ ...edit, body }), async (req, res) => {
    const { id, ...listing } = input<typeof edit>(req);
    res.json(view(await editTicket(context, id, requireUser(req).id, listing)));
  });

  router.delete(withdraw.path, signedIn, validate(withdraw), async (req, res) => {
    await withdrawTicket(context, input<typeof withdraw>(req).id, requireUser(req).id);
    res.status(204).end();
  });

  return router;
}
