import { getAccount, listSessions } from '@/api/users.ts';
import { signInPath } from '@/lib/next-path.ts';
import { visitorHttp } from '@/lib/visitor.ts';
import { myListings, myOrders } from '../_lib/live-sales.ts';

/** Everything that the services know of the visitor, as a JSON file. */
export async function GET(): Promise<Response> {
  const http = await visitorHttp();
  const account = await getAccount(http);
  if (!account.ok && account.status === 401)
    return new Response(null, { status: 303, headers: { Location: signInPath('/account') } });
  const [sessions, listings, orders] = await Promise.all([listSessions(http), myListings(http), myOrders(http)]);
  if (!account.ok || !sessions.ok || listings === undefined || orders === undefined)
    return new Response('Your data can’t be loaded. Please try again in a moment.', {
      status: 503,
      headers: { 'Retry-After': '5' },
    });
  return new Response(JSON.stringify({ account: account.data, ...sessions.data, listings, orders }, null, 2), {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="my-data.json"',
      'Cache-Control': 'private, no-store',
    },
  });
}
