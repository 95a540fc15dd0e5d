import type { Metadata } from 'next';
import Link from 'next/link';
import { FiltersForm } from '../components/filters-form.tsx';
import { ServiceDown } from '../components/service-down.tsx';
import { TicketCard } from '../components/ticket-card.tsx';
import { holdSeconds } from '../lib/config.ts';
import { type Filters, isFiltered, listHref, onDays, type Query, readFilters, ticketListPath } from '../lib/filters.ts';
import { get } from '../lib/server.ts';
import { duration } from '../lib/time.ts';
import type { Ticket, TicketPage } from '../lib/types.ts';

type Props = { searchParams: Promise<Query> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q } = readFilters(await searchParams);
  return q === '' ? {} : { title: `Tickets for “${q}”` };
}

/** The tickets on sale. */
export default async function ListPage({ searchParams }: Props) {
  const query = await searchParams;
  const filters = readFilters(query);
  const answer = await get<TicketPage>(ticketListPath(query));
  return (
    <>
      <div className="hero">
        <h1>Tickets from people who can’t make it.</h1>
        <p className="lead">
          Find a ticket and we’ll hold it for you for {duration(holdSeconds())} while you pay. No one else can buy it.
        </p>
      </div>
      <FiltersForm filters={filters} />
      <section aria-labelledby="results" className="mt-section">
        {answer.ok ? (
          <Results
            tickets={answer.data.tickets.filter((ticket) => onDays(ticket, filters))}
            next={answer.data.next}
            filters={filters}
          />
        ) : answer.status >= 500 ? (
          <>
            <h2 id="results" className="visually-hidden">
              Tickets
            </h2>
            <ServiceDown title="We can’t load tickets right now." retry={listHref(filters)}>
              Your holds and orders are safe. Go to <Link href="/orders">My orders</Link>.
            </ServiceDown>
          </>
        ) : (
          <>
            <h2 id="results" className="visually-hidden">
              Tickets
            </h2>
            <div className="empty">
              <h3>This page no longer exists</h3>
              <p>The list has changed since you opened this link.</p>
              <div className="row-actions">
                <Link href={listHref(filters)} className="btn btn-primary" prefetch={false}>
                  Go to the first page
                </Link>
              </div>
            </div>
          </>
        )}
      </section>
    </>
  );
}

function Results({ tickets, next, filters }: { tickets: Ticket[]; next: string | null; filters: Filters }) {
  const later = filters.cursor !== '';
  if (tickets.length === 0 && next === null) return <Nothing filters={filters} />;
  return (
    <>
      <div className="result-line">
        <h2 id="results">{headingOf(filters)}</h2>
        <p className="muted" role="status">
          {tickets.length === 1 ? '1 ticket' : `${tickets.length} tickets`}
          {later || next !== null ? ' on this page' : ''}
        </p>
      </div>
      <ul className="ticket-list">
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} />
          </li>
        ))}
      </ul>
      {later || next !== null ? (
        <nav className="pages" aria-label="Pagination">
          {later ? (
            <Link href={listHref(filters)} className="btn btn-quiet" prefetch={false}>
              First page
            </Link>
          ) : (
            <span />
          )}
          {next === null ? null : (
            <Link href={listHref(filters, { cursor: next })} className="btn btn-quiet" rel="next" prefetch={false}>
              Next page
            </Link>
          )}
        </nav>
      ) : null}
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

function Nothing({ filters }: { filters: Filters }) {
  if (!isFiltered(filters))
    return (
      <div className="empty">
        <h2 id="results">{filters.cursor === '' ? 'No tickets on sale yet' : 'No more tickets'}</h2>
        <p>
          {filters.cursor === ''
            ? 'Have a ticket you can’t use? Be the first to sell one.'
            : 'You’ve reached the end of the list.'}
        </p>
        <div className="row-actions">
          {filters.cursor === '' ? (
            <Link href="/tickets/new" className="btn btn-primary" prefetch={false}>
              Sell a ticket
            </Link>
          ) : (
            <Link href="/" className="btn btn-primary" prefetch={false}>
              Go to the first page
            </Link>
          )}
        </div>
      </div>
    );
  const priced = filters.min !== undefined || filters.max !== undefined;
  const dated = filters.from !== '' || filters.to !== '';
  return (
    <div className="empty">
      <h2 id="results">
        No tickets match {filters.q === '' ? 'these filters' : `“${filters.q}”`}
        {filters.q !== '' && (priced || dated) ? ' with these filters' : ''}
      </h2>
      <p>New tickets are listed all day, and tickets on hold come back if the buyer doesn’t pay.</p>
      <div className="row-actions">
        {filters.q !== '' && (priced || dated) ? (
          <Link
            href={listHref(filters, { min: undefined, max: undefined, from: '', to: '' })}
            className="btn btn-primary"
            prefetch={false}
          >
            Search “{filters.q}” without filters
          </Link>
        ) : null}
        {priced && dated ? (
          <Link href={listHref(filters, { from: '', to: '' })} className="btn btn-quiet" prefetch={false}>
            Any date
          </Link>
        ) : null}
        <Link href="/" className="btn btn-quiet" prefetch={false}>
          Browse all tickets
        </Link>
      </div>
    </div>
  );
}
