import type { Order, OrderStatus, Ticket } from '@/api/types.ts';
import { orderStatusText } from '@/lib/messages.ts';
import { Badge, type BadgeTone } from '@/ui/badge.tsx';
import type { IconName } from '@/ui/icon.tsx';
import { LocalTime } from './local-time.tsx';

export function TicketStatusBadge({ ticket }: { ticket: Pick<Ticket, 'status' | 'reservedUntil' | 'isClosed'> }) {
  switch (ticket.status) {
    case 'listed':
      return (
        <Badge key="listed" tone="good" icon="tag">
          {ticket.isClosed ? 'Sales ended' : 'On sale'}
        </Badge>
      );
    case 'held':
      return (
        <Badge key="held" tone="warn" icon="clock">
          {ticket.reservedUntil === undefined ? (
            'On hold'
          ) : (
            <span>
              On hold until <LocalTime instant={ticket.reservedUntil} timeOnly />
            </span>
          )}
        </Badge>
      );
    case 'sold':
      return (
        <Badge key="sold" tone="note" icon="good">
          Sold
        </Badge>
      );
    case 'withdrawn':
      return (
        <Badge key="withdrawn" tone="quiet" icon="gone">
          Removed
        </Badge>
      );
  }
}

const ORDER_BADGES: Record<OrderStatus, { tone: BadgeTone; icon: IconName }> = {
  created: { tone: 'note', icon: 'clock' },
  'awaiting:payment': { tone: 'warn', icon: 'clock' },
  capturing: { tone: 'note', icon: 'clock' },
  complete: { tone: 'good', icon: 'good' },
  cancelled: { tone: 'quiet', icon: 'gone' },
};

export function OrderStatusBadge({ order }: { order: Pick<Order, 'status' | 'reason'> }) {
  return <Badge {...ORDER_BADGES[order.status]}>{orderStatusText(order)}</Badge>;
}
