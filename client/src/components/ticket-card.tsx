import type { Money, Ticket, TicketInput } from '@/api/types.ts';
import { formatMoney } from '@/lib/money.ts';
import { stockOf } from '@/lib/site.ts';
import { type TicketDetail, ticketDetails } from '@/lib/ticket-fields.ts';
import { eventDate } from '@/lib/time.ts';
import { Link } from '@/ui/link.tsx';
import { EventDate } from './event-date.tsx';

type WithDate = Pick<TicketInput, 'startsAt' | 'timeZone'>;

function DateBlock({ startsAt, timeZone }: WithDate) {
  if (startsAt === undefined)
    return (
      <div className="ticket-date" aria-hidden="true">
        <span className="open-date">Open date</span>
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

const Detail = ({ detail: { label, text, needsLabel } }: { detail: TicketDetail }) => (
  <p className="ticket-detail">{needsLabel ? `${label}: ${text}` : text}</p>
);

/** A ticket in the list; all of it is a link to its page. */
export function TicketCard({ ticket }: { ticket: Ticket }) {
  return (
    <article className="ticket-lift">
      <div className={`ticket ${stockOf(ticket.id)}`}>
        <DateBlock {...ticket} />
        <div className="ticket-body">
          <h3>
            <Link href={`/tickets/${ticket.id}`} className="ticket-link">
              {ticket.title}
            </Link>
          </h3>
          {ticketDetails(ticket).map((detail) => (
            <Detail detail={detail} key={detail.name} />
          ))}
          {/* Without a date the block at the side shows it; here it is for screen readers. */}
          <p className={ticket.startsAt === undefined ? 'visually-hidden' : undefined}>
            <EventDate {...ticket} />
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
export function LargeTicket({ ticket }: { ticket: TicketInput & { id: string } }) {
  const date = ticket.startsAt === undefined ? undefined : eventDate(ticket.startsAt, ticket.timeZone);
  return (
    <div className="ticket-large">
      <div className="ticket-lift">
        <div className={`ticket ${stockOf(ticket.id)}`}>
          <DateBlock {...ticket} />
          <div className="ticket-body">
            <h1>{ticket.title}</h1>
            {ticketDetails(ticket).map((detail) => (
              <Detail detail={detail} key={detail.name} />
            ))}
            {date === undefined ? null : (
              <p>
                <time dateTime={ticket.startsAt} className="figures">
                  {date.long}, {date.time} {date.zone}
                </time>
              </p>
            )}
          </div>
          <div className="ticket-stub">
            <Price price={ticket.price} />
            <span className="serial">No. {ticket.id.slice(-6).toUpperCase()}</span>
          </div>
        </div>
      </div>
    </div>
  );
}
