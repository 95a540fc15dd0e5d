'use client';
import { DateBlock, Details, Price } from '@/components/ticket-parts.tsx';
import { stockOf } from '@/lib/site.ts';
import type { TicketFace } from '@/lib/ticket-face.ts';
import { Link } from '@/ui/link.tsx';
import { ListAnnouncer, LiveBadge } from './live-list.tsx';

/** A ticket of the list, as it was rendered at this version. */
type ListedTicket = TicketFace & { version: number };

/**
 * The cards of a page of the list. A client component, so that 24 tickets are written into the page as texts, beside their HTML: as
 * server components their elements would be written there a second time, and make up half of the page.
 */
export function TicketList({ tickets }: { tickets: ListedTicket[] }) {
  return (
    <>
      <ul className="ticket-list">
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} />
          </li>
        ))}
      </ul>
      <ListAnnouncer tickets={tickets} />
    </>
  );
}

/** A ticket in the list; all of it is a link to its page. */
function TicketCard({ ticket }: { ticket: ListedTicket }) {
  const { id, title, date } = ticket;
  return (
    <article className="ticket-lift">
      <div className={`ticket ${stockOf(id)}`}>
        <DateBlock {...ticket} />
        <div className="ticket-body">
          <h3 dir="auto">
            <Link href={`/tickets/${id}`} className="ticket-link">
              {title}
            </Link>
          </h3>
          <Details {...ticket} />
          {/* Without a date the block at the side shows it; here it is for screen readers. */}
          {date === undefined ? (
            <p className="visually-hidden">Open date</p>
          ) : (
            <p>
              <time dateTime={date.instant} className="figures">
                {date.text}
              </time>
            </p>
          )}
        </div>
        <div className="ticket-stub">
          <Price {...ticket} />
          <LiveBadge {...ticket} />
        </div>
      </div>
    </article>
  );
}
