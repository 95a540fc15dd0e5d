import type { Metadata } from 'next';
import { listMyOrders } from '@/api/orders.ts';
import { ListWatch } from '@/components/list-watch.tsx';
import { PageHead } from '@/components/page-head.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import type { Query } from '@/lib/filters.ts';
import { cursorOf, myOrdersQuery } from '@/lib/pages.ts';
import { versionsOf } from '@/lib/versions.ts';
import { pageHttp, redirectToSignIn } from '@/lib/visitor.ts';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { Pagination } from '@/ui/pagination.tsx';
import { OrderRow } from './_components/order-row.tsx';

export const metadata: Metadata = { title: 'My orders' };

/** A buyer's own orders, newest first, with the next step of each. */
export default async function OrdersPage({ searchParams }: { searchParams: Promise<Query> }) {
  const cursor = cursorOf(await searchParams);
  const query = myOrdersQuery(cursor);
  const answer = await listMyOrders(await pageHttp(), query);
  if (!answer.ok) {
    if (answer.status === 401) redirectToSignIn('/orders');
    return <NoList isDown={answer.status >= 500} />;
  }
  const { orders, next } = answer.data;
  return (
    <>
      <PageHead title="My orders" about="Tickets on hold, bought and cancelled" />
      <ListWatch of="orders" query={query} content={versionsOf(orders)} />
      {orders.length === 0 ? (
        <EmptyState
          title={cursor === undefined ? 'No orders yet' : 'No more orders'}
          actions={<ButtonLink href="/">Browse tickets</ButtonLink>}
        >
          When you hold a ticket, it shows up here with the time you have left to pay.
        </EmptyState>
      ) : (
        <ul className="ledger">
          {orders.map((order) => (
            <OrderRow order={order} key={order.id} />
          ))}
        </ul>
      )}
      <Pagination
        previous={cursor === undefined ? undefined : { href: '/orders', label: 'Newest' }}
        next={next === null ? undefined : { href: `/orders?cursor=${encodeURIComponent(next)}`, label: 'Older' }}
      />
    </>
  );
}

function NoList({ isDown }: { isDown: boolean }) {
  return (
    <>
      <h1>My orders</h1>
      {isDown ? (
        <ServiceDown title="We can’t load your orders right now." retry="/orders">
          There’s a problem on our side; this page shows them as soon as we can. In the meantime, you can{' '}
          <Link href="/">browse tickets</Link>.
        </ServiceDown>
      ) : (
        <p>
          This page no longer exists. <Link href="/orders">Go to your latest orders</Link>
        </p>
      )}
    </>
  );
}
