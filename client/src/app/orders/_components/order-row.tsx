import type { Order } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { OrderStatusBadge } from '@/components/status-badges.tsx';
import { cancelReasonText } from '@/lib/messages.ts';
import { formatMoney } from '@/lib/money.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { ticketSeat } from '@/lib/ticket-fields.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';

const NEXT_STEPS: Record<Order['status'], string> = {
  created: 'View',
  'awaiting:payment': 'Pay now',
  capturing: 'View',
  complete: 'View ticket',
  cancelled: 'View',
};

/** One of the buyer's orders. */
export async function OrderRow({ order }: { order: Order }) {
  const { id, ticket } = order;
  const format = await visitorFormat();
  const seat = ticketSeat(ticket, format);
  return (
    <li>
      <div>
        <h2 dir="auto">
          <Link href={`/orders/${id}`}>{ticket.title}</Link>
        </h2>
        {seat === undefined ? null : <p dir="auto">{seat}</p>}
        <p>
          <Standing order={order} /> · Order {shortNumber(id)}
        </p>
      </div>
      <div className="ledger-status">
        <OrderStatusBadge order={order} />
      </div>
      <div className="price">{formatMoney(ticket.price, format)}</div>
      <div className="ledger-actions">
        <Link href={`/orders/${id}`}>
          {NEXT_STEPS[order.status]}
          <span className="visually-hidden">: {ticket.title}</span>
        </Link>
      </div>
    </li>
  );
}

function Standing({ order: { status, reason, expiresAt } }: { order: Order }) {
  switch (status) {
    case 'created':
    case 'awaiting:payment':
      return (
        <>
          Pay by <LocalTime instant={expiresAt} timeOnly />
        </>
      );
    case 'capturing':
      return 'Processing your payment';
    case 'complete':
      return 'Paid';
    case 'cancelled':
      return cancelReasonText(reason);
  }
}
