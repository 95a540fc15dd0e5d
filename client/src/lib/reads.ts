import type { Answer } from './api.ts';
import { ticketListPath } from './filters.ts';
import type { CurrentUser, Ticket } from './types.ts';

/** The request header in which proxy.ts hands its answers to the page. Only proxy.ts can set it. */
export const ANSWERS_HEADER = 'x-api-answers';

export const CURRENT_USER = '/api/users/currentuser';
export const ticketPath = (id: string): string => `/api/tickets/${encodeURIComponent(id)}`;
export const orderPath = (id: string): string => `/api/orders/${encodeURIComponent(id)}`;
export const paymentPath = (orderId: string): string => `/api/payments/${encodeURIComponent(orderId)}`;
export const myTicketsPath = (cursor?: string): string => `/api/tickets/mine?limit=100${withCursor(cursor)}`;
export const myOrdersPath = (cursor?: string): string => `/api/orders?limit=20${withCursor(cursor)}`;

const withCursor = (cursor: string | undefined): string =>
  cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;

/** The API has other things than tickets below /api/tickets/: only what can be a ticket's id is asked for. */
export const isTicketId = (id: string): boolean => /^[0-9a-f]{24}$/.test(id);
export const isOrderId = (id: string): boolean => /^[0-9a-f]{24}-\d{1,15}$/.test(id);

/** What a page is about: the read whose outcome is also the page's status. */
export function mainRead(url: URL): string | undefined {
  const [first, second, third, ...rest] = url.pathname.split('/').slice(1).map(decode);
  if (rest.length > 0) return undefined;
  if (first === '') return ticketListPath(Object.fromEntries(url.searchParams));
  const cursor = url.searchParams.get('cursor') ?? '';
  if (first === 'sell' && second === undefined) return myTicketsPath();
  if (first === 'orders' && second === undefined) return myOrdersPath(cursor === '' ? undefined : cursor);
  if (second === undefined) return undefined;
  if (first === 'orders' && third === undefined && isOrderId(second)) return orderPath(second);
  if (first === 'tickets' && (third === undefined || third === 'edit') && isTicketId(second)) return ticketPath(second);
  return undefined;
}

/** The status of a page, from the outcome of its reads. Never 401: those pages redirect to sign-in, as for a guest. */
export function pageStatus(url: URL, answers: PageAnswers): number {
  const main = mainRead(url);
  const answer = main === undefined ? undefined : answers[main];
  // Next answers 404 itself where there is no page; where there is one, it is about a ticket or an order.
  if (answer === undefined) return /^\/(tickets\/(?!new$)|orders\/)/.test(url.pathname) ? 404 : 200;
  if (!answer.ok) {
    if (answer.status === 410) return 410;
    // A filter or cursor that the list can't read does not make the page a 404.
    if (answer.status === 404 || (answer.status === 400 && !/^\/(orders)?$/.test(url.pathname))) return 404;
    return answer.status >= 500 ? 503 : 200;
  }
  return url.pathname.endsWith('/edit') && !mayEdit(answer.data, answers[CURRENT_USER]) ? 404 : 200;
}

/** Whether to show the edit page: not to a visitor who is known not to be the seller. */
function mayEdit(ticket: unknown, current: Answer<unknown> | undefined): boolean {
  const user = current?.ok ? (current.data as { currentUser: CurrentUser | null }).currentUser : null;
  return user === null || user.id === (ticket as Ticket).sellerId;
}

export type PageAnswers = Record<string, Answer<unknown>>;

// Headers carry Latin letters only.
export const packAnswers = (answers: PageAnswers): string => Buffer.from(JSON.stringify(answers)).toString('base64');
export const unpackAnswers = (header: string): PageAnswers =>
  JSON.parse(Buffer.from(header, 'base64').toString()) as PageAnswers;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
