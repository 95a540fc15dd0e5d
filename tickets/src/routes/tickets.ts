import {
  gone,
  input,
  integerText,
  isTicketId,
  matching,
  optional,
  required,
  requireUser,
  shared,
  signedIn,
  text,
  validate,
} from '@ticketing/common';
import { findShared } from '@ticketing/common/mongo';
import { Router } from 'express';
import { param, query } from 'express-validator';
import type { TicketsContext } from '../context.ts';
import { snapshot, ticketNotFound } from '../ticket.ts';
import type { Listing, TicketState } from '../ticket.ts';
import { editTicket } from '../use-cases/edit-ticket.ts';
import { listTicket } from '../use-cases/list-ticket.ts';
import { withdrawTicket } from '../use-cases/withdraw-ticket.ts';
import { findPage, findStamp, orderable, sortNames } from './list-query.ts';
import type { ListQuery } from './list-query.ts';
import { isInstant, listingChains, utc } from './listing.ts';

const MAX_LIMIT = 100;
/** A page of 100 tickets with long notes takes 150 kB. */
const KEPT_PAGES = 50;
const cursor = text({ max: 500 });
const limit = integerText({ min: 1, max: MAX_LIMIT });
const amount = integerText({ min: 0, max: 99_999_999 });
const idParam = required(param('id'), isTicketId);

/** A ticket as the API shows it: who bought it is nobody's business. */
function view(ticket: TicketState) {
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
    const bytes = Buffer.from(JSON.stringify({ tickets: page.map(view), next }));
    if (kept.size >= KEPT_PAGES) kept.clear();
    kept.set(key, { stamp, bytes, isQuiet: stamp === last?.stamp });
    return bytes;
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
      const page = await listPage(JSON.stringify(input<ListQuery>(req)));
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
      const { page, next } = await findPage(tickets, [{ sellerId: requireUser(req).id }], input<ListQuery>(req));
      res.json({ tickets: page.map(view), next });
    },
  );

  router.get('/:id', validate(idParam), async (req, res) => {
    const ticket = await findShared(tickets, input<{ id: string }>(req).id);
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
