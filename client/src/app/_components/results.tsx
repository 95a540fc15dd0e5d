import type { TicketSearch } from '@/api/types.ts';
import { type Filters, hasDates, isFiltered, listHref } from '@/lib/filters.ts';
import { ticketFace } from '@/lib/ticket-face.ts';
import { Pagination } from '@/ui/pagination.tsx';
import { NoMatches, NoTickets, WITHOUT_DATE } from './no-results.tsx';
import { TicketList } from './ticket-list.tsx';

/** A page of the list. */
export function Results({ page: { tickets, next, suggestion }, filters }: { page: TicketSearch; filters: Filters }) {
  const isFirst = filters.cursor === '';
  if (tickets.length === 0 && next === null)
    return isFiltered(filters) ? (
      <NoMatches filters={filters} suggestion={suggestion} />
    ) : (
      <NoTickets isFirst={isFirst} />
    );
  return (
    <>
      <div className="result-line">
        <h2 id="results">{headingOf(filters)}</h2>
        <p className="muted" role="status">
          {tickets.length === 1 ? '1 ticket' : `${tickets.length} tickets`}
          {isFirst && next === null ? '' : ' on this page'}
        </p>
      </div>
      {hasDates(filters) ? <p className="muted small">{WITHOUT_DATE}</p> : null}
      {isInSeveralCurrencies(tickets) && filters.sort.endsWith('price') ? (
        <p className="muted small">Prices are sorted within each currency.</p>
      ) : null}
      <TicketList tickets={tickets.map(ticketFace)} />
      <Pagination
        previous={isFirst ? undefined : { href: listHref(filters), label: 'First page' }}
        next={next === null ? undefined : { href: listHref(filters, { cursor: next }), label: 'Next page' }}
      />
    </>
  );
}

const isInSeveralCurrencies = (tickets: TicketSearch['tickets']): boolean =>
  new Set(tickets.map(({ price }) => price.currency)).size > 1;

function headingOf(filters: Filters): string {
  const { q, cursor } = filters;
  const tickets = cursor === '' ? 'Tickets' : 'More tickets';
  if (q !== '') return `${tickets} for “${q}”`;
  if (cursor !== '') return tickets;
  return isFiltered(filters) ? 'Matching tickets' : 'On sale now';
}
