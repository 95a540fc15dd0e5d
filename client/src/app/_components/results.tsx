import type { TicketSearch } from '@/api/types.ts';
import { type Filters, hasDates, isFiltered } from '@/lib/filters.ts';
import { neighbours, type Trail } from '@/lib/list-trail.ts';
import { ticketFace } from '@/lib/ticket-face.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Pagination } from '@/ui/pagination.tsx';
import { NoMatches, NoTickets, WITHOUT_DATE } from './no-results.tsx';
import { ResultsHeading } from './results-heading.tsx';
import { TicketList } from './ticket-list.tsx';

/** A page of the list. */
export async function Results({
  page: { tickets, next, suggestion },
  filters,
  trail,
}: {
  page: TicketSearch;
  filters: Filters;
  trail: Trail;
}) {
  const format = await visitorFormat();
  const isFirst = filters.cursor === '';
  if (tickets.length === 0 && next === null)
    return isFiltered(filters) ? (
      <NoMatches filters={filters} suggestion={suggestion} />
    ) : (
      <NoTickets isFirst={isFirst} />
    );
  const pages = neighbours(filters, trail, next);
  return (
    <>
      <div className="result-line">
        <ResultsHeading cursor={filters.cursor}>{headingOf(filters)}</ResultsHeading>
        <p className="muted" role="status">
          {`${tickets.length} ticket${tickets.length === 1 ? '' : 's'}${isFirst && next === null ? '' : ' on this page'}`}
        </p>
      </div>
      {hasDates(filters) ? <p className="muted small">{WITHOUT_DATE}</p> : null}
      <TicketList tickets={tickets.map((ticket) => ({ ...ticketFace(ticket, format), version: ticket.version }))} />
      <Pagination
        previous={pages.previous === undefined ? undefined : { href: pages.previous, label: 'Previous page' }}
        next={pages.next === undefined ? undefined : { href: pages.next, label: 'Next page' }}
      />
    </>
  );
}

function headingOf(filters: Filters): string {
  const { q, cursor } = filters;
  const tickets = cursor === '' ? 'Tickets' : 'More tickets';
  if (q !== '') return `${tickets} for “${q}”`;
  if (cursor !== '') return tickets;
  return isFiltered(filters) ? 'Matching tickets' : 'On sale now';
}
