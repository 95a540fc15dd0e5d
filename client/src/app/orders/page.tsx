import type { Metadata } from 'next';
import Link from 'next/link';
import { OrderChip } from '../../components/chip.tsx';
import { LocalTime } from '../../components/local-time.tsx';
import { ServiceDown } from '../../components/service-down.tsx';
import type { Query } from '../../lib/filters.ts';
import { formatMoney } from '../../lib/money.ts';
import { myOrdersPath } from '../../lib/reads.ts';
import { get, toSignIn } from '../../lib/server.ts';
import type { Order, OrderPage } from '../../lib/types.ts';
import { reasonText } from '../../lib/words.ts';

export const metadata: Metadata = { title: 'My orders' };

/** A buyer's own orders, newest first, with the next step of each. */
export default async function OrdersPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams;
  const cursor = typeof query['cursor'] === 'string' && query['cursor'] !== '' ? query['cursor'] : undefined;
  const answer = await get<OrderPage>(myOrdersPath(cursor));
  if (!answer.ok) {
    if (answer.status === 401) toSignIn('/orders');
    return (
      <>
        <h1>My orders</h1>
        {answer.status >= 500 ? (
          <ServiceDown title="We can’t load your orders right now." retry="/orders">
            Your holds and orders are safe. In the meantime, you can <Link href="/">browse tickets</Link>.
          </ServiceDown>
        ) : (
          <p>
            This page no longer exists. <Link href="/orders">Go to your latest orders</Link>
          </p>
        )}
      </>
    );
  }
  const { orders, next } = answer.data;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>My orders</h1>
          <p className="muted">Tickets on hold, bought and cancelled</p>
        </div>
      </div>
      {orders.length === 0 ? (
        <div className="empty">
          <h2>{cursor === undefined ? 'No orders yet' : 'No more orders'}</h2>
          <p>When you hold a ticket, it shows up here with the time you have left to pay.</p>
          <Link href="/" className="btn btn-primary" prefetch={false}>
            Browse tickets
          </Link>
        </div>
      ) : (
        <ul className="ledger">
          {orders.map((order) => (
            <OrderRow order={order} key={order.id} />
          ))}
        </ul>
      )}
      {cursor !== undefined || next !== null ? (
        <nav className="pages" aria-label="Pagination">
          {cursor === undefined ? (
            <span />
          ) : (
            <Link href="/orders" className="btn btn-quiet" prefetch={false}>
              Newest
            </Link>
          )}
          {next === null ? null : (
            <Link href={`/orders?cursor=${encodeURIComponent(next)}`} className="btn btn-quiet" prefetch={false}>
              Older
            </Link>
          )}
        </nav>
      ) : null}
    </>
  );
}

const NEXT_STEPS: Record<Order['status'], string> = {
  created: 'View',
  'awaiting:payment': 'Pay now',
  capturing: 'View',
  complete: 'Receipt',
  cancelled: 'View',
};

function OrderRow({ order }: { order: Order }) {
  return (
    <li>
      <div>
        <h2>
          <Link href={`/orders/${order.id}`} prefetch={false}>
            {order.ticket.title}
          </Link>
        </h2>
        <p>
          {order.status === 'awaiting:payment' || order.status === 'created' ? (
            <>
              Pay by <LocalTime instant={order.expiresAt} timeOnly />
            </>
          ) : order.status === 'cancelled' ? (
            reasonText(order.reason)
          ) : order.status === 'complete' ? (
            'Paid'
          ) : (
            'Processing your payment'
          )}
        </p>
      </div>
      <div className="state">
        <OrderChip order={order} />
      </div>
      <div className="price">{formatMoney(order.ticket.price)}</div>
      <div className="does">
        <Link href={`/orders/${order.id}`} prefetch={false}>
          {NEXT_STEPS[order.status]}
          <span className="visually-hidden">: {order.ticket.title}</span>
        </Link>
      </div>
    </li>
  );
}
