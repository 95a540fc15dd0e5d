import type { TicketInput } from '@/api/types.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { stockOf } from '@/lib/site.ts';
import { ticketFace } from '@/lib/ticket-face.ts';
import { ticketTerms } from '@/lib/ticket-fields.ts';
import { eventDate } from '@/lib/time.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { DateBlock, Details, Price } from './ticket-parts.tsx';

/** The ticket itself, large: the head of its own page and of its order's, from which its title leads to its own. */
export async function LargeTicket({
  ticket,
  isLinked = false,
}: {
  ticket: TicketInput & { id: string };
  isLinked?: boolean;
}) {
  const format = await visitorFormat();
  const face = ticketFace(ticket, format);
  const date = ticket.startsAt === undefined ? undefined : eventDate(ticket.startsAt, ticket.timeZone, format);
  return (
    <div className="ticket-large">
      <div className="ticket-lift">
        <div className={`ticket ${stockOf(ticket.id)}`}>
          <DateBlock {...face} />
          <div className="ticket-body">
            <h1 dir="auto">{isLinked ? <Link href={`/tickets/${ticket.id}`}>{ticket.title}</Link> : ticket.title}</h1>
            <Details {...face} />
            {date === undefined ? null : (
              <p>
                <time dateTime={ticket.startsAt} className="figures">
                  {`${date.long}, ${date.time} ${date.zone}`}
                </time>
              </p>
            )}
            {ticketTerms(ticket, format).map(({ name, label, text }) => (
              <p className="ticket-terms" key={name}>
                <span>{`${label}: `}</span>
                <span dir="auto">{text}</span>
              </p>
            ))}
          </div>
          <div className="ticket-stub">
            <Price {...face} />
            <span className="serial">{`No. ${shortNumber(ticket.id)}`}</span>
          </div>
        </div>
      </div>
    </div>
  );
}
