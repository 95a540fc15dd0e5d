import Link from 'next/link';
import type { ReactNode } from 'react';
import { formatMoney } from '../lib/money.ts';
import { stockOf } from '../lib/site.ts';
import { eventDate } from '../lib/time.ts';
import type { Money, Ticket } from '../lib/types.ts';

type Face = Pick<Ticket, 'id' | 'title' | 'price'> & Partial<Pick<Ticket, 'venue' | 'startsAt' | 'timeZone'>>;

function DateBlock({ startsAt, timeZone }: { startsAt?: string | undefined; timeZone?: string | undefined }) {
  if (startsAt === undefined)
    return (
      <div className="ticket-date" aria-hidden="true">
        <span className="any">Open date</span>
      </div>
    );
  const date = eventDate(startsAt, timeZone);
  return (
    <div className="ticket-date" aria-hidden="true">
      <span className="weekday">{date.weekday}</span>
      <span className="day">{date.day}</span>
      <span className="month">{date.month}</span>
    </div>
  );
}

function Price({ price }: { price: Money }) {
  const text = formatMoney(price);
  const length = text.length > 10 ? ' price-longer' : text.length > 7 ? ' price-long' : '';
  return <span className={`price${length}`}>{text}</span>;
}

/** When the event is, in its own zone. */
export function EventWhen({ startsAt, timeZone }: { startsAt?: string | undefined; timeZone?: string | undefined }) {
  if (startsAt === undefined) return <>Open date</>;
  const date = eventDate(startsAt, timeZone);
  return (
    <time dateTime={startsAt} className="figures">
      {date.weekday} {date.day} {date.month} {date.year}, {date.time} {date.zone}
    </time>
  );
}

/** A ticket in the list; all of it is a link to its page. */
export function TicketCard({ ticket }: { ticket: Ticket }) {
  return (
    <article className="ticket-lift">
      <div className={`ticket ${stockOf(ticket.id)}`}>
        <DateBlock startsAt={ticket.startsAt} timeZone={ticket.timeZone} />
        <div className="ticket-body">
          <h3>
            <Link href={`/tickets/${ticket.id}`} className="ticket-link" prefetch={false}>
              {ticket.title}
            </Link>
          </h3>
          {ticket.venue === undefined ? null : <p className="venue">{ticket.venue}</p>}
          {/* Without a date the block at the side shows it; here it is for screen readers. */}
          <p className={ticket.startsAt === undefined ? 'visually-hidden' : undefined}>
            <EventWhen startsAt={ticket.startsAt} timeZone={ticket.timeZone} />
          </p>
        </div>
        <div className="ticket-stub">
          <Price price={ticket.price} />
        </div>
      </div>
    </article>
  );
}

/** The ticket itself, large: the head of its own page and of its order's. */
export function TicketBig({ ticket, serial, children }: { ticket: Face; serial?: string; children?: ReactNode }) {
  const date = ticket.startsAt === undefined ? undefined : eventDate(ticket.startsAt, ticket.timeZone);
  return (
    <div className="ticket-big">
      <div className="ticket-lift">
        <div className={`ticket ${stockOf(ticket.id)}`}>
          <DateBlock startsAt={ticket.startsAt} timeZone={ticket.timeZone} />
          <div className="ticket-body">
            <h1>{ticket.title}</h1>
            {ticket.venue === undefined ? null : <p>{ticket.venue}</p>}
            {date === undefined ? null : (
              <p>
                <time dateTime={ticket.startsAt} className="figures">
                  {date.long}, {date.time} {date.zone}
                </time>
              </p>
            )}
            {children}
          </div>
          <div className="ticket-stub">
            <Price price={ticket.price} />
            {serial === undefined ? null : <span className="serial">{serial}</span>}
          </div>
        </div>
      </div>
    </div>
  );
}
