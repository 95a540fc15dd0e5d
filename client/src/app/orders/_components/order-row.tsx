import type { Order } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { OrderStatusBadge } from '@/components/status-badges.tsx';
import { WhileInTime } from '@/components/time-left.tsx';
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
          <Standing order={order} />
          <span>{` · Order ${shortNumber(id)}`}</span>
        </p>
      </div>
      <div className="ledger-status">
        <Status order={order} />
      </div>
      <div className="price">{formatMoney(ticket.price, format)}</div>
      <div className="ledger-actions">
        <Link href={`/orders/${id}`}>
          <NextStep order={order} />
          <span className="visually-hidden">{`: ${ticket.title}`}</span>
        </Link>
      </div>
    </li>
  );
}

const isHold = ({ status }: Order): boolean => status === 'created' || status === 'awaiting:payment';

/** The badge of a hold goes when its time is over: what came of it is read with the next look. */
function Status({ order }: { order: Order }) {
  const badge = <OrderStatusBadge order={order} />;
  if (!isHold(order)) return badge;
  return (
    <WhileInTime expiresAt={order.expiresAt} serverNow={order.serverNow} late={null}>
      {badge}
    </WhileInTime>
  );
}

function NextStep({ order: { status, expiresAt, serverNow } }: { order: Order }) {
  const text = NEXT_STEPS[status];
  if (status !== 'awaiting:payment') return <span>{text}</span>;
  return (
    <WhileInTime expiresAt={expiresAt} serverNow={serverNow} late={NEXT_STEPS.cancelled}>
      {text}
    </WhileInTime>
  );
}

function Standing({ order: { status, reason, expiresAt, serverNow } }: { order: Order }) {
  switch (status) {
    case 'created':
    case 'awaiting:payment':
      return (
        <WhileInTime expiresAt={expiresAt} serverNow={serverNow} late="The time to pay is over">
          Pay by <LocalTime instant={expiresAt} timeOnly />
        </WhileInTime>
      );
    case 'capturing':
      return <span>Processing your payment</span>;
    case 'complete':
      return <span>Paid</span>;
    case 'cancelled':
      return <span>{cancelReasonText(reason)}</span>;
  }
}
