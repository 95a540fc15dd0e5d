import type { Answer, Http } from '@/api/http.ts';
import { getOrder, isOrderId, listMyOrders } from '@/api/orders.ts';
import { getTicket, isTicketId, listMyTickets, listTickets } from '@/api/tickets.ts';
import { getAccount } from '@/api/users.ts';
import type { PageQuery, User } from '@/api/types.ts';
import { listQuery, type Query, readFilters } from './filters.ts';

/** The queries of the visitor's own lists: the same here and in the pages, so that each is read once. */
export const myListingsQuery = (cursor?: string): PageQuery => ({
  limit: 100,
  ...(cursor !== undefined && { cursor }),
});
export const myOrdersQuery = (cursor?: string): PageQuery => ({ limit: 20, ...(cursor !== undefined && { cursor }) });

/** The cursor in a page's address. */
export const cursorOf = ({ cursor }: Query): string | undefined =>
  typeof cursor === 'string' && cursor !== '' ? cursor : undefined;

interface PageRequest {
  id: string;
  query: Query;
}

interface Page {
  pattern: URLPattern;
  /** Reads the page's main resource and returns the page's status. `user` is null for guests and while auth is down. */
  open: (http: Http, request: PageRequest, user: Promise<User | null>) => Promise<Opened>;
}

interface Opened {
  status: number;
  /**
   * What visitors see beside what the API returned, for a page that they share (../../shared-pages.ts); undefined for all others, and
   * when there is nothing to show.
   */
  shared?: string;
}

/**
 * The entry of a page with a main resource. `read` returns undefined for an id that can't exist, which is a 404. With `shared`
 * visitors share the page; it returns what they see that the API does not decide.
 */
function page<T>(
  path: string,
  read: (http: Http, request: PageRequest) => Promise<Answer<T>> | undefined,
  status: (answer: Answer<T>, user: User | null) => number,
  shared?: (data: T) => string,
): Page {
  return {
    pattern: new URLPattern({ pathname: path }),
    async open(http, request, user) {
      const reading = read(http, request);
      if (reading === undefined) return { status: 404 };
      const [answer, current] = await Promise.all([reading, user]);
      return { status: status(answer, current), ...(shared && answer.ok && { shared: shared(answer.data) }) };
    },
  };
}

/** The entry of a page without one. */
const plainPage = (path: string): Page => ({
  pattern: new URLPattern({ pathname: path }),
  open: () => Promise.resolve({ status: 200 }),
});

/** Never 401 or 403: those pages redirect to sign-in, or don't exist for the visitor. */
function resourceStatus(answer: Answer<unknown>): number {
  if (answer.ok) return 200;
  if (answer.status === 410) return 410;
  if (answer.status === 404 || answer.status === 400) return 404;
  return answer.status >= 500 ? 503 : 200;
}

/** A list with an unreadable filter or cursor shows that, and is not a 404. */
const listStatus = (answer: Answer<unknown>): number => (answer.status === 400 ? 200 : resourceStatus(answer));

const readTicket = (http: Http, { id }: PageRequest) => (isTicketId(id) ? getTicket(http, id) : undefined);

/** Every page with its main resource and the status that follows from it. The first match counts. */
export const PAGES: Page[] = [
  page(
    '/',
    (http, { query }) => listTickets(http, listQuery(readFilters(query))),
    listStatus,
    () => '',
  ),
  page('/sell', (http) => listMyTickets(http, myListingsQuery()), listStatus),
  page('/orders', (http, { query }) => listMyOrders(http, myOrdersQuery(cursorOf(query))), listStatus),
  page('/orders/:id', (http, { id }) => (isOrderId(id) ? getOrder(http, id) : undefined), resourceStatus),
  plainPage('/tickets/new'),
  page('/tickets/:id', readTicket, resourceStatus, () => ''),
  page('/tickets/:id/edit', readTicket, (answer, user) =>
    // Not for a visitor who is known not to be the seller.
    answer.ok && user !== null && user.id !== answer.data.sellerId ? 404 : resourceStatus(answer),
  ),
  page('/tickets/:id/delivery', readTicket, (answer, user) =>
    answer.ok && user !== null && user.id !== answer.data.sellerId ? 404 : resourceStatus(answer),
  ),
  page('/account', (http) => getAccount(http), resourceStatus),
  plainPage('/auth/confirm'),
  plainPage('/auth/deleted'),
  plainPage('/auth/forgotten'),
  plainPage('/auth/reset'),
  plainPage('/auth/signin'),
  plainPage('/auth/signup'),
  plainPage('/auth/signout'),
];

/** The page at `url` with its parameters; undefined where Next itself responds with 404. */
export function findPage(url: URL): { page: Page; request: PageRequest } | undefined {
  for (const entry of PAGES) {
    const match = entry.pattern.exec({ pathname: url.pathname });
    if (match) return { page: entry, request: { id: decode(match.pathname.groups['id'] ?? ''), query: queryOf(url) } };
  }
  return undefined;
}

/** As Next passes it to pages: a repeated name has a list. */
function queryOf({ searchParams }: URL): Query {
  const values = (name: string) => searchParams.getAll(name);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, values(name).length > 1 ? values(name) : values(name)[0]]),
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
