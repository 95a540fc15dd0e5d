import type { ReactNode } from 'react';
import { hasStarted } from '../lib/time.ts';
import { stateText } from '../lib/words.ts';
import type { Order, OrderStatus, Ticket } from '../lib/types.ts';
import { Icon, type IconName } from './icon.tsx';
import { LocalTime } from './local-time.tsx';

function Chip({ tone, icon, children }: { tone: string; icon: IconName; children: ReactNode }) {
  return (
    <span className={`chip chip-${tone}`}>
      <Icon name={icon} size={13} />
      <span>{children}</span>
    </span>
  );
}

export function TicketChip({ ticket }: { ticket: Pick<Ticket, 'status' | 'reservedUntil' | 'startsAt'> }) {
  switch (ticket.status) {
    case 'listed':
      return (
        <Chip tone="good" icon="tag">
          {hasStarted(ticket) ? 'Sales ended' : 'On sale'}
        </Chip>
      );
    case 'held':
      return (
        <Chip tone="warn" icon="clock">
          On hold{ticket.reservedUntil === undefined ? '' : ' until '}
          {ticket.reservedUntil === undefined ? null : <LocalTime instant={ticket.reservedUntil} timeOnly />}
        </Chip>
      );
    case 'sold':
      return (
        <Chip tone="note" icon="good">
          Sold
        </Chip>
      );
    case 'withdrawn':
      return (
        <Chip tone="quiet" icon="gone">
          Removed
        </Chip>
      );
  }
}

const ORDER_LOOKS: Record<OrderStatus, { tone: string; icon: IconName }> = {
  created: { tone: 'note', icon: 'clock' },
  'awaiting:payment': { tone: 'warn', icon: 'clock' },
  capturing: { tone: 'note', icon: 'clock' },
  complete: { tone: 'good', icon: 'good' },
  cancelled: { tone: 'quiet', icon: 'gone' },
};

export function OrderChip({ order }: { order: Pick<Order, 'status' | 'reason'> }) {
  return <Chip {...ORDER_LOOKS[order.status]}>{stateText(order)}</Chip>;
}
