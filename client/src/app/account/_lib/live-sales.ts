import type { Answer, Http } from '@/api/http.ts';
import { listMyOrders } from '@/api/orders.ts';
import { listMyTickets } from '@/api/tickets.ts';

const PAGE = 100;
/** Ten thousand items: more than anyone has. */
const MAX_READS = 100;

/** All items of the visitor's own list; undefined while its service is down, and when there are more than can be read. */
export async function readAll<Item>(
  read: (cursor: string | undefined) => Promise<Answer<{ items: Item[]; next: string | null }>>,
): Promise<Item[] | undefined> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const answer = await read(cursor);
    if (!answer.ok) return undefined;
    items.push(...answer.data.items);
    if (answer.data.next === null) return items;
    cursor = answer.data.next;
  }
  return undefined;
}

const pageQuery = (cursor: string | undefined) => ({ limit: PAGE, ...(cursor !== undefined && { cursor }) });

const withItems = <Page, Item>(
  answer: Answer<Page>,
  itemsOf: (page: Page) => { items: Item[]; next: string | null },
) => (answer.ok ? { ...answer, data: itemsOf(answer.data) } : answer);

/** All of the visitor's own listings; undefined while tickets is down. */
export const myListings = (http: Http) =>
  readAll(async (cursor) =>
    withItems(await listMyTickets(http, pageQuery(cursor)), ({ tickets: items, next }) => ({ items, next })),
  );

/** All of the visitor's own orders; undefined while orders is down. */
export const myOrders = (http: Http) =>
  readAll(async (cursor) =>
    withItems(await listMyOrders(http, pageQuery(cursor)), ({ orders: items, next }) => ({ items, next })),
  );

const LIVE_ORDER = new Set(['created', 'awaiting:payment', 'capturing']);

/** What of the visitor's others count on: tickets on sale, or a hold. */
export async function liveSales(http: Http): Promise<'none' | 'listings' | 'orders' | 'unknown'> {
  const [listings, orders] = await Promise.all([myListings(http), myOrders(http)]);
  if (listings === undefined || orders === undefined) return 'unknown';
  if (listings.some(({ status, isClosed }) => status === 'held' || (status === 'listed' && !isClosed)))
    return 'listings';
  return orders.some(({ status }) => LIVE_ORDER.has(status)) ? 'orders' : 'none';
}
