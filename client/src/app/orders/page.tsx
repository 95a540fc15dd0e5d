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

/** A buyer's own orders, newest first, with ways to go on. */
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
          <ServiceDown title="Your orders are not answering right now." retry="/orders">
            They are safe: a hold you have goes on, and nothing is taken twice. The{' '}
            <Link href="/">list of tickets</Link> can be seen meanwhile.
          </ServiceDown>
        ) : (
          <p>
            This page of the list is no more. <Link href="/orders">Start from the newest</Link>
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
          <p className="muted">What you hold, what is yours, and what you let go.</p>
        </div>
      </div>
      {orders.length === 0 ? (
        <div className="empty">
          <h2>{cursor === undefined ? 'No orders yet' : 'That was the last of them'}</h2>
          <p>When you hold a ticket it shows up here, with the time you have left to pay.</p>
          <Link href="/" className="btn btn-primary" prefetch={false}>
            Find a ticket
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
        <nav className="pages" aria-label="Pages of your orders">
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

const WAYS_ON: Record<Order['status'], string> = {
  created: 'See',
  'awaiting:payment': 'Pay now',
  capturing: 'See',
  complete: 'Receipt',
  cancelled: 'See',
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
              Yours to pay until <LocalTime instant={order.expiresAt} timeOnly />
            </>
          ) : order.status === 'cancelled' ? (
            reasonText(order.reason)
          ) : order.status === 'complete' ? (
            'Paid'
          ) : (
            'The payment is on its way'
          )}
        </p>
      </div>
      <div className="state">
        <OrderChip status={order.status} />
      </div>
      <div className="price">{formatMoney(order.ticket.price)}</div>
      <div className="does">
        <Link href={`/orders/${order.id}`} prefetch={false}>
          {WAYS_ON[order.status]}
          <span className="visually-hidden">: {order.ticket.title}</span>
        </Link>
      </div>
    </li>
  );
}
