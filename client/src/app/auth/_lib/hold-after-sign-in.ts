import type { Http } from '@/api/http.ts';
import { placeOrder } from '@/api/orders.ts';
import { getTicket } from '@/api/tickets.ts';
import type { HoldIntent } from '@/lib/hold-intent.ts';
import { notHeld, withNews } from '@/lib/news.ts';
import { waitUntilHeld } from '@/lib/wait-until-held.ts';

/**
 * Places the order that the visitor has signed in for, once with the same key. Returns the order's page, or the ticket's, which tells why
 * not.
 */
export async function holdAfterSignIn(http: Http, intent: HoldIntent, key?: string): Promise<string> {
  const answer = await placeOrder(http, intent, key);
  if (answer.ok) return `/orders/${encodeURIComponent(answer.data.id)}`;
  const code = answer.problems[0]?.code;
  if (code === 'ticket-reserved') await waitUntilHeld(() => getTicket(http, intent.ticketId));
  const page = `/tickets/${intent.ticketId}`;
  // The page itself tells that the ticket is removed.
  return code === 'ticket-withdrawn' ? page : withNews(page, notHeld(code));
}
