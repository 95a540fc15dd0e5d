import { type Answer, type Http, withQuery } from './http.ts';
import type { PageQuery, Ticket, TicketInput, TicketListQuery, TicketPage, TicketSearch } from './types.ts';

const ticketPath = (id: string): string => `/api/tickets/${encodeURIComponent(id)}`;

/** Whether an address can name a ticket: the API has other things below /api/tickets/. */
export const isTicketId = (id: string): boolean => /^[0-9a-f]{24}$/.test(id);

/** A page of the tickets on sale. */
export const listTickets = (http: Http, query: TicketListQuery): Promise<Answer<TicketSearch>> =>
  http('GET', withQuery('/api/tickets', query));

/** A page of the visitor's own listings, in every status. */
export const listMyTickets = (http: Http, query: PageQuery): Promise<Answer<TicketPage>> =>
  http('GET', withQuery('/api/tickets/mine', query));

/** One ticket; 410 once its seller has removed it. */
export const getTicket = (http: Http, id: string): Promise<Answer<Ticket>> => http('GET', ticketPath(id));

/** Lists a ticket; once, however often it is sent with the same key. */
export const listTicket = (http: Http, input: TicketInput, key?: string): Promise<Answer<Ticket>> =>
  http('POST', '/api/tickets', input, key);

/**
 * Replaces what is listed; optional fields that are left out are removed. With the version that was seen it fails with 409 when the
 * listing has changed since.
 */
export const editTicket = (
  http: Http,
  id: string,
  input: TicketInput & { version?: number },
): Promise<Answer<Ticket>> => http('PUT', ticketPath(id), input);

/** Removes a listing for good. */
export const withdrawTicket = (http: Http, id: string): Promise<Answer<unknown>> => http('DELETE', ticketPath(id));
