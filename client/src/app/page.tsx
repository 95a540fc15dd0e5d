import type { Metadata } from 'next';
import Link from 'next/link';
import { FiltersForm } from '../components/filters-form.tsx';
import { ServiceDown } from '../components/service-down.tsx';
import { TicketCard } from '../components/ticket-card.tsx';
import { type Filters, isFiltered, listHref, onDays, type Query, readFilters, ticketListPath } from '../lib/filters.ts';
import { get } from '../lib/server.ts';
import type { Ticket, TicketPage } from '../lib/types.ts';

type Props = { searchParams: Promise<Query> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q } = readFilters(await searchParams);
  return q === '' ? {} : { title: `Tickets for “${q}”` };
}

/** What can be ordered now. */
export default async function ListPage({ searchParams }: Props) {
  const query = await searchParams;
  const filters = readFilters(query);
  const answer = await get<TicketPage>(ticketListPath(query));
  return (
    <>
      <div className="hero">
        <h1>Tickets from people who can’t make it.</h1>
        <p className="lead">Find one, hold it, pay when you are sure. Nobody can take it from you meanwhile.</p>
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
            <ServiceDown title="The list of tickets is not answering right now." retry={listHref(filters)}>
              Nothing is lost, and what you hold stays held. Your <Link href="/orders">orders</Link> can be seen and
              paid meanwhile.
            </ServiceDown>
          </>
        ) : (
          <>
            <h2 id="results" className="visually-hidden">
              Tickets
            </h2>
            <div className="empty">
              <h3>This page of the list is no more</h3>
              <p>The list has moved on since this link was made.</p>
              <div className="row-actions">
                <Link href={listHref(filters)} className="btn btn-primary" prefetch={false}>
                  Start from the first page
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
        <h2 id="results">{later ? 'More tickets' : isFiltered(filters) ? 'What we found' : 'On sale now'}</h2>
        <p className="muted" role="status">
          {tickets.length === 1 ? '1 ticket' : `${tickets.length} tickets`} on this page
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
        <nav className="pages" aria-label="Pages of the list">
          {later ? (
            <Link href={listHref(filters)} className="btn btn-quiet" prefetch={false}>
              First page
            </Link>
          ) : (
            <span />
          )}
          {next === null ? null : (
            <Link href={listHref(filters, { cursor: next })} className="btn btn-quiet" rel="next" prefetch={false}>
              More tickets
            </Link>
          )}
        </nav>
      ) : null}
    </>
  );
}

function Nothing({ filters }: { filters: Filters }) {
  if (!isFiltered(filters))
    return (
      <div className="empty">
        <h2 id="results">{filters.cursor === '' ? 'No tickets on sale yet' : 'That was the last of them'}</h2>
        <p>
          {filters.cursor === ''
            ? 'Be the first: if you have a ticket you can’t use, somebody here wants it.'
            : 'There are no more tickets after these.'}
        </p>
        <div className="row-actions">
          {filters.cursor === '' ? (
            <Link href="/tickets/new" className="btn btn-primary" prefetch={false}>
              Sell a ticket
            </Link>
          ) : (
            <Link href="/" className="btn btn-primary" prefetch={false}>
              Back to the first page
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
        No ticket matches {filters.q === '' ? 'these filters' : `“${filters.q}”`}
        {filters.q !== '' && (priced || dated) ? ' with these filters' : ''}
      </h2>
      <p>Tickets come and go all day. Ones that others are holding come back when they are not paid for.</p>
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
            On any day
          </Link>
        ) : null}
        <Link href="/" className="btn btn-quiet" prefetch={false}>
          See all tickets
        </Link>
      </div>
    </div>
  );
}
