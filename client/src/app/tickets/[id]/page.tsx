import type { Metadata } from 'next';
import type { Http } from '@/api/http.ts';
import { listMyOrders } from '@/api/orders.ts';
import { getTicket, isTicketId } from '@/api/tickets.ts';
import type { Ticket } from '@/api/types.ts';
import { LargeTicket } from '@/components/large-ticket.tsx';
import { NotFoundPage } from '@/components/not-found-page.tsx';
import { PageNews } from '@/components/page-news.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { TicketRemovedPage } from '@/components/ticket-removed-page.tsx';
import type { Query } from '@/lib/filters.ts';
import { newsIn } from '@/lib/news.ts';
import { eventJson, shareMetadata } from '@/lib/share.ts';
import { ticketTexts } from '@/lib/ticket-fields.ts';
import { getViewer, pageHttp } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { BuyerPanel } from './_components/buyer-panel.tsx';
import { type OwnOrder, ownOrder } from './_components/buyer-state.ts';
import { SellerPanel } from './_components/seller-panel.tsx';

interface Props {
  params: Promise<{ id: string }>;
  searchParams: Promise<Query>;
}

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const { id } = await params;
  if (!isTicketId(id)) return { title: 'Page not found' };
  const answer = await getTicket(await pageHttp(), id);
  if (answer.ok) return shareMetadata(answer.data);
  if (answer.status === 410) return { title: 'Ticket removed' };
  return { title: answer.status >= 500 ? 'Temporarily unavailable' : 'Page not found' };
}

/** One ticket, in its current state. */
export default async function TicketPage({ params, searchParams }: Props) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const http = await pageHttp();
  const [answer, viewer] = await Promise.all([getTicket(http, id), getViewer()]);
  if (!answer.ok) {
    if (answer.status === 410) return <TicketRemovedPage />;
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>We can’t load this ticket</h1>
        <ServiceDown title="There’s a problem on our side." retry={`/tickets/${id}`}>
          If you’ve just sent something here, we don’t know yet what came of it; this page will show it. Go to{' '}
          <Link href="/orders">My orders</Link> or <Link href="/sell">My listings</Link>.
        </ServiceDown>
      </>
    );
  }
  const ticket = answer.data;
  const isOwn = viewer.kind === 'user' && viewer.user.id === ticket.sellerId;
  const order = viewer.kind === 'guest' || isOwn ? undefined : await latestOrder(http, ticket);
  const news = newsIn(await searchParams);
  const event = eventJson(ticket);
  return (
    <>
      {event === undefined ? null : <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: event }} />}
      {/* What is done to a listing only its seller has done. */}
      <PageNews news={isOwn || news?.tone === 'warn' ? news : undefined} />
      <p className="mb-crumb">
        <Link href="/">All tickets</Link>
      </p>
      <div className="stack">
        <LargeTicket ticket={ticket} />
        <div className="columns">
          {isOwn ? <SellerPanel ticket={ticket} /> : <BuyerPanel ticket={ticket} viewer={viewer} order={order} />}
          <div className="stack">
            {ticketTexts(ticket).map(({ name, heading, text, whenEmpty }) => (
              <Panel key={name}>
                <h2>{heading}</h2>
                {text === undefined ? (
                  <p className="muted">{whenEmpty}</p>
                ) : (
                  <p className="prose" dir="auto">
                    {text}
                  </p>
                )}
              </Panel>
            ))}
          </div>
        </div>
      </div>
    </>
  );
}

/** The visitor's latest order of a ticket that is on hold or sold. */
const latestOrder = async (http: Http, { id, status }: Ticket): Promise<OwnOrder> =>
  status === 'listed' ? undefined : ownOrder(await listMyOrders(http, { ticketId: id, limit: 1 }));
