import type { Ticket } from '@/api/types.ts';
import { EventDate } from '@/components/event-date.tsx';
import { TicketStatusBadge } from '@/components/status-badges.tsx';
import { formatMoney } from '@/lib/money.ts';
import { ticketSeat } from '@/lib/ticket-fields.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';

/** One of the seller's listings. */
export async function ListingRow({ ticket }: { ticket: Ticket }) {
  const format = await visitorFormat();
  const seat = ticketSeat(ticket, format);
  return (
    <li>
      <div>
        <h2 dir="auto">
          {ticket.status === 'withdrawn' ? ticket.title : <Link href={`/tickets/${ticket.id}`}>{ticket.title}</Link>}
        </h2>
        {seat === undefined ? null : <p dir="auto">{seat}</p>}
        <p>
          <EventDate {...ticket} />
        </p>
      </div>
      <div className="ledger-status">
        <TicketStatusBadge ticket={ticket} />
      </div>
      <div className="price">{formatMoney(ticket.price, format)}</div>
      <div className="ledger-actions">
        {ticket.status === 'listed' ? (
          <Link href={`/tickets/${ticket.id}/edit`}>
            Edit<span className="visually-hidden">{` ${ticket.title}`}</span>
          </Link>
        ) : null}
      </div>
    </li>
  );
}
