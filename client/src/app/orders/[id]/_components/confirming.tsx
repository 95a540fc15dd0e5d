import type { Order } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { formatMoney } from '@/lib/money.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { BusyHeading, CancelForm, NoScriptPolling } from './stage-parts.tsx';

/** The bank waits until the buyer confirms the payment there. No card form: the buyer might pay with it by mistake. */
export async function Confirming({ order }: { order: Order }) {
  return (
    <section className="stack">
      <Panel className="stack">
        <BusyHeading>Waiting for your bank</BusyHeading>
        <p>
          Your bank wants you to confirm this payment of{' '}
          <span>{formatMoney(order.ticket.price, await visitorFormat())}</span>, in its app or on its page. Do that by{' '}
          <LocalTime instant={order.expiresAt} timeOnly />: until then the ticket is on hold for you. You can close this
          page; we’ll notice by ourselves, and you’ll find the result under My orders.
        </p>
        <NoScriptPolling order={order} />
      </Panel>
      <Panel>
        <h2>Can’t confirm it?</h2>
        <p className="muted">
          Another card takes the place of this payment. Cancelling is free; the ticket goes back on sale.
        </p>
        <div className="row-actions">
          <Link href={`/orders/${order.id}?card=another`}>Use another card</Link>
        </div>
        <CancelForm order={order} label="Cancel hold" />
      </Panel>
    </section>
  );
}
