import type { Order } from '@/api/types.ts';
import { formatMoney } from '@/lib/money.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Panel } from '@/ui/panel.tsx';
import { BusyHeading, NoScriptPolling } from './stage-parts.tsx';

/** A payment is in progress. */
export async function Paying({ order }: { order: Order }) {
  return (
    <Panel as="section" className="stack">
      <BusyHeading>Processing your payment</BusyHeading>
      <p>
        This takes a moment. Please don’t pay again: you’re charged{' '}
        <span>{formatMoney(order.ticket.price, await visitorFormat())}</span> once, and only if the ticket is yours. You
        can leave this page; you’ll find the result under My orders.
      </p>
      <NoScriptPolling order={order} />
    </Panel>
  );
}
