import type { Metadata } from 'next';
import Link from 'next/link';
import { NotFoundPage } from '../../../components/not-found-page.tsx';
import { ServiceDown } from '../../../components/service-down.tsx';
import { OrderStage, stageOf } from '../../../components/order-stage.tsx';
import { OrderWatch } from '../../../components/order-watch.tsx';
import { Story } from '../../../components/story.tsx';
import { TicketBig } from '../../../components/ticket-card.tsx';
import { OrderChip } from '../../../components/chip.tsx';
import { isOrderId, orderPath, paymentPath, ticketPath } from '../../../lib/reads.ts';
import { get, toSignIn } from '../../../lib/server.ts';
import type { Order, Payment, Ticket } from '../../../lib/types.ts';
import { stateText } from '../../../lib/words.ts';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  if (!isOrderId(id)) return { title: 'Page not found' };
  const answer = await get<Order>(orderPath(id));
  if (!answer.ok) return { title: answer.status >= 500 ? 'Temporarily unavailable' : 'Page not found' };
  return { title: `${stateText(answer.data)}: ${answer.data.ticket.title}` };
}

/** How often the page refreshes. */
const EVERY_MS = { reserving: 1000, pay: 15_000, paying: 1000, yours: undefined, ended: undefined } as const;

const ANNOUNCEMENTS = {
  reserving: 'Reserving your ticket.',
  pay: 'The ticket is on hold for you. You can pay now.',
  paying: 'Processing your payment.',
  yours: 'Payment complete. The ticket is yours.',
  ended: 'This order has ended. No money was taken.',
} as const;

/** A buyer's order, from the hold to the receipt. */
export default async function OrderPage({ params }: Props) {
  const { id } = await params;
  if (!isOrderId(id)) return <NotFoundPage />;
  const answer = await get<Order>(orderPath(id));
  if (!answer.ok) {
    if (answer.status === 401) toSignIn(`/orders/${encodeURIComponent(id)}`);
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>We can’t load your order</h1>
        <ServiceDown title="There’s a problem on our side." retry={`/orders/${encodeURIComponent(id)}`}>
          Your holds and orders are safe. In the meantime, you can <Link href="/">browse tickets</Link>.
        </ServiceDown>
      </>
    );
  }
  const order = answer.data;
  const open = order.status === 'awaiting:payment' || order.status === 'cancelled';
  const [payment, ticket] = await Promise.all([
    open ? get<Payment>(paymentPath(order.id)) : undefined,
    order.status === 'cancelled' ? get<Ticket>(ticketPath(order.ticketId)) : undefined,
  ]);
  const stage = stageOf(order, payment);
  const everyMs = EVERY_MS[stage];
  return (
    <>
      <div className="result-line order-head">
        <p className="eyebrow">Order {order.id.slice(-8).toUpperCase()}</p>
        <OrderChip order={order} />
      </div>
      <OrderWatch stage={stage} announcement={ANNOUNCEMENTS[stage]} {...(everyMs === undefined ? {} : { everyMs })} />
      <div className="stack">
        <TicketBig ticket={order.ticket} serial={`No. ${order.ticketId.slice(-6).toUpperCase()}`} />
        <div className="beside">
          <OrderStage order={order} stage={stage} payment={payment} ticket={ticket} />
          <section className="panel no-print" aria-labelledby="story">
            <h2 id="story">Order history</h2>
            <Story steps={order.history ?? []} />
          </section>
        </div>
      </div>
    </>
  );
}
