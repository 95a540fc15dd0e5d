import { gone, input, matchedVersions, rateLimit, requireUser, requireAuth, validate } from '@ticketing/common';
import type { TicketPage, TicketSearch, TicketView } from '@ticketing/common/shapes';
import { Router } from 'express';
import type { RequestHandler, Response } from 'express';
import type { TicketsContext } from '../context.ts';
import { eventStreams } from '../live/event-streams.ts';
import { orderable } from '../models/list-query.ts';
import type { ListQuery } from '../models/list-query.ts';
import { isClosed, shownFields, ticketNotFound } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';
import { editTicket } from '../use-cases/edit-ticket.ts';
import { listTicket } from '../use-cases/list-ticket.ts';
import { withdrawTicket } from '../use-cases/withdraw-ticket.ts';
import { api, listingBodies, position } from './api.ts';
import { cachedPages } from './cached-pages.ts';
import { addDeliveryRoutes } from './delivery.ts';
import { entityTag, newestOf, whenMatched } from './entity-tags.ts';
import { suggester } from './suggestions.ts';

/** The routes to list, find, edit and withdraw tickets. `idempotent` comes before the validation of a POST. */
export function ticketRoutes(context: TicketsContext, rateLimits: boolean, idempotent: RequestHandler): Router {
  const { tickets, queries, now } = context;
  const router = Router();

  /** A ticket as the API returns it: it does not reveal who holds or bought it. */
  const view = (ticket: TicketState): TicketView => ({
    ...shownFields(ticket),
    ...(ticket.status === 'held' && { reservedUntil: ticket.hold?.reservedUntil }),
    ...(isClosed(ticket, now()) && { isClosed: true }),
  });

  const sendTicket = (res: Response, ticket: TicketState): void => {
    const shown = view(ticket);
    res.setHeader('ETag', entityTag(shown)).json(shown);
  };

  const suggest = suggester(() => queries.words(), now);
  /** A suggestion for a search that found nothing. A page without one is better than an error. */
  const suggestionFor = async ({ search, cursor }: ListQuery, version: string) =>
    version === '' && search !== undefined && cursor === undefined ? suggest(search).catch(() => undefined) : undefined;

  const listPage = cachedPages({
    async version(query) {
      const version = await queries.pageVersion(orderable(now()), query);
      return (await suggestionFor(query, version)) ?? version;
    },
    async read(query) {
      const { tickets: page, next, version } = await queries.page(orderable(now()), query);
      const suggestion = await suggestionFor(query, version);
      const body: TicketSearch = { tickets: page.map(view), next, ...(suggestion !== undefined && { suggestion }) };
      return { body, version: suggestion ?? version };
    },
  });

  const { list, mine, events, show, create, edit, withdraw } = api.routes;
  // The clock of the service decides whether an event starts in the future.
  const bodies = listingBodies(now);

  const perUser = (points: number) =>
    rateLimit({ enabled: rateLimits, points, seconds: 60, keyOf: (req) => requireUser(req).id });
  const listings = perUser(30);
  const changes = perUser(60);
  const searches = perUser(120);
  const guestSearches = rateLimit({ enabled: rateLimits, points: 600, seconds: 60 });
  const limitSearches: RequestHandler = async (req, res, next) => {
    if (req.query['search'] === undefined) next();
    else await (req.currentUser === undefined ? guestSearches : searches)(req, res, next);
  };

  router.get(list.path, limitSearches, validate(list), async (req, res) => {
    const page = await listPage(input<typeof list>(req));
    res.setHeader('Content-Type', 'application/json; charset=utf-8').setHeader('Content-Length', page.length).end(page);
  });

  router.get(mine.path, requireAuth, validate(mine), async (req, res) => {
    const page = await queries.ownPage(requireUser(req).id, input<typeof mine>(req));
    const answer: TicketPage = { tickets: page.tickets.map(view), next: page.next };
    res.json(answer);
  });

  const stream = eventStreams(context.feed, { now, rateLimits });
  router.get(events.path, validate(events), async (req, res) => {
    const last = position.safeParse(req.get('last-event-id'));
    if (req.method === 'HEAD') res.type('text/event-stream').end();
    else await stream(req, res, last.success ? last.data : input<typeof events>(req).after);
  });

  router.get(show.path, validate(show), async (req, res) => {
    const ticket = await tickets.find(input<typeof show>(req).id);
    if (ticket === null) throw ticketNotFound();
    if (ticket.status === 'withdrawn') throw gone('ticket-withdrawn', 'This ticket was withdrawn.');
    sendTicket(res, ticket);
  });

  const createShapes = validate({ ...create, body: bodies.create });
  router.post(create.path, requireAuth, listings, idempotent, createShapes, async (req, res) => {
    const { commandId } = req;
    const ticket = await listTicket(context, requireUser(req).id, input<typeof create>(req), commandId);
    sendTicket(res.status(201).location(`${api.prefix}/${ticket._id}`), ticket);
  });

  router.put(edit.path, requireAuth, changes, validate({ ...edit, body: bodies.edit }), async (req, res) => {
    const { id, version, ...listing } = input<typeof edit>(req);
    const matched = newestOf(matchedVersions(req.get('if-match')));
    // What the caller requires by either must hold.
    const seen = version === undefined || matched === undefined ? (version ?? matched) : Math.min(version, matched);
    const change = () => editTicket(context, id, requireUser(req).id, listing, seen);
    sendTicket(res, await whenMatched(matched, change));
  });

  router.delete(withdraw.path, requireAuth, changes, validate(withdraw), async (req, res) => {
    const matched = newestOf(matchedVersions(req.get('if-match')));
    const { id } = input<typeof withdraw>(req);
    await whenMatched(matched, () => withdrawTicket(context, id, requireUser(req).id, matched));
    res.status(204).end();
  });

  addDeliveryRoutes(router, context);
  return router;
}
