import { getOrder, isOrderId } from '@/api/orders.ts';
import { calendarFile } from '@/lib/calendar.ts';
import { visitedSite } from '@/lib/config.ts';
import { visitorHttp } from '@/lib/visitor.ts';

/** The event of one of the visitor's own orders, as a file that calendars open. */
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params;
  const answer = isOrderId(id) ? await getOrder(await visitorHttp(), id) : undefined;
  if (answer?.ok === false && answer.status >= 500)
    return new Response('Your order can’t be loaded. Please try again in a moment.', {
      status: 503,
      headers: { 'Retry-After': '5' },
    });
  const file = answer?.ok ? calendarFile(answer.data, new URL(`/orders/${id}`, visitedSite(request)).href) : undefined;
  if (file === undefined) return new Response('There is no such event.', { status: 404 });
  return new Response(file, {
    headers: {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Content-Disposition': 'attachment; filename="ticket.ics"',
      'Cache-Control': 'private, no-store',
    },
  });
}
