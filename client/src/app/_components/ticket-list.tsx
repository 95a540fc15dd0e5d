'use client';
import { DateBlock, Details, Price } from '@/components/ticket-parts.tsx';
import { stockOf } from '@/lib/site.ts';
import type { TicketFace } from '@/lib/ticket-face.ts';
import { Link } from '@/ui/link.tsx';

/**
 * The cards of a page of the list. A client component for the server's sake: it gets 24 tickets as texts and renders them once. As
 * server components, their hundreds of elements would be written into the page, and read from there, a second time.
 */
export function TicketList({ tickets }: { tickets: TicketFace[] }) {
  return (
    <ul className="ticket-list">
      {tickets.map((ticket) => (
        <li key={ticket.id}>
          <TicketCard ticket={ticket} />
        </li>
      ))}
    </ul>
  );
}

/** A ticket in the list; all of it is a link to its page. */
function TicketCard({ ticket }: { ticket: TicketFace }) {
  const { id, title, date } = ticket;
  return (
    <article className="ticket-lift">
      <div className={`ticket ${stockOf(id)}`}>
        <DateBlock {...ticket} />
        <div className="ticket-body">
          <h3>
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
        </div>
      </div>
    </article>
  );
}
