import type { Metadata } from 'next';
import { getDelivery } from '@/api/deliveries.ts';
import { getOrder, isOrderId } from '@/api/orders.ts';
import { getPayment } from '@/api/payments.ts';
import { getTicket } from '@/api/tickets.ts';
import { LargeTicket } from '@/components/large-ticket.tsx';
import { NotFoundPage } from '@/components/not-found-page.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { OrderStatusBadge } from '@/components/status-badges.tsx';
import type { Query } from '@/lib/filters.ts';
import { holdNote } from '@/lib/held-tickets.ts';
import { orderStatusText } from '@/lib/messages.ts';
import { readUntil } from '@/lib/read-until.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { getViewer, pageHttp, redirectToSignIn, visitorHttp } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { NoteHold } from './_components/note-hold.tsx';
import { OrderPoller } from './_components/order-poller.tsx';
import { OrderStage } from './_components/order-stage.tsx';
import { OrderTimeline } from './_components/order-timeline.tsx';
import { contentOf, stageOf } from './_components/stage.ts';

interface Props {
  params: Promise<{ id: string }>;
  searchParams: Promise<Query>;
}

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const { id } = await params;
  if (!isOrderId(id)) return { title: 'Page not found' };
  const answer = await getOrder(await pageHttp(), id);
  if (!answer.ok) return { title: answer.status >= 500 ? 'Temporarily unavailable' : 'Page not found' };
  return { title: `${orderStatusText(answer.data)}: ${answer.data.ticket.title}` };
}

const ANNOUNCEMENTS = {
  reserving: 'Reserving your ticket.',
  pay: 'The ticket is on hold for you. You can pay now.',
  confirming: 'Waiting for your bank: confirm the payment there.',
  unclear: 'We can’t see your payment right now.',
  paying: 'Processing your payment.',
  bought: 'Payment complete. The ticket is yours.',
  ended: 'This order has ended.',
} as const;

/** A buyer's order, from the hold to the receipt. */
export default async function OrderPage({ params, searchParams }: Props) {
  const { id } = await params;
  if (!isOrderId(id)) return <NotFoundPage />;
  const http = await pageHttp();
  const answer = await getOrder(http, id);
  if (!answer.ok) {
    if (answer.status === 401) redirectToSignIn(`/orders/${id}`);
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>We can’t load your order</h1>
        <ServiceDown title="There’s a problem on our side." retry={`/orders/${id}`}>
          If you’ve just paid or cancelled, we don’t know yet what came of it; this page will show it. You won’t be
          charged twice. In the meantime, you can <Link href="/">browse tickets</Link>.
        </ServiceDown>
      </>
    );
  }
  const order = answer.data;
  const isOver = order.status === 'cancelled' || order.status === 'complete';
  const [payment, ticket, buyer] = await Promise.all([
    order.status === 'awaiting:payment' || isOver ? getPayment(http, id) : undefined,
    isOver ? getTicket(http, order.ticketId) : undefined,
    getViewer(),
  ]);
  const current = stageOf(order, payment);
  // Only on request, because the bank may still confirm the first card.
  const stage = current === 'confirming' && (await searchParams)['card'] === 'another' ? 'pay' : current;
  // Tickets learns a moment after orders that the order is complete, and until then the ticket is not the buyer's.
  const unshared = await visitorHttp();
  const delivery =
    stage === 'bought'
      ? await readUntil(
          () => getDelivery(unshared, order.ticketId),
          ({ status }) => status !== 404,
        )
      : undefined;
  return (
    <>
      <div className="result-line order-head">
        <p className="eyebrow">
          Order <span className="figures">{shortNumber(id)}</span>
        </p>
        <OrderStatusBadge order={order} />
      </div>
      <NoteHold note={holdNote(order)} />
      <OrderPoller
        orderId={id}
        content={contentOf(order, payment)}
        expiresAt={order.expiresAt}
        stage={stage}
        announcement={ANNOUNCEMENTS[stage]}
      />
      <div className="stack">
        <LargeTicket ticket={order.ticket} isLinked />
        <div className="columns">
          <OrderStage order={order} stage={stage} buyer={buyer} payment={payment} ticket={ticket} delivery={delivery} />
          {/* A new element in each stage: the same one would visibly jump to where the shorter stage ends. */}
          <Panel as="section" key={stage} labelledBy="history" className="no-print">
            <h2 id="history">Order history</h2>
            <OrderTimeline steps={order.history ?? []} />
          </Panel>
        </div>
      </div>
    </>
  );
}
