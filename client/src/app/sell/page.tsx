import type { Metadata } from 'next';
import Link from 'next/link';
import { TicketChip } from '../../components/chip.tsx';
import { ServiceDown } from '../../components/service-down.tsx';
import { EventWhen } from '../../components/ticket-card.tsx';
import type { Query } from '../../lib/filters.ts';
import { formatMoney } from '../../lib/money.ts';
import { myTicketsPath } from '../../lib/reads.ts';
import { get, toSignIn } from '../../lib/server.ts';
import { hasStarted } from '../../lib/time.ts';
import type { Ticket, TicketPage, TicketStatus } from '../../lib/types.ts';

export const metadata: Metadata = { title: 'My listings' };

const PAGE = 30;
// A thousand listings: enough for anyone who sells tickets they can't use.
const MOST_READS = 10;

async function allMine() {
  const tickets: Ticket[] = [];
  let cursor: string | undefined;
  for (let reads = 0; reads < MOST_READS; reads++) {
    const answer = await get<TicketPage>(myTicketsPath(cursor));
    if (!answer.ok) return answer;
    tickets.push(...answer.data.tickets);
    if (answer.data.next === null) return { ok: true as const, tickets, all: true };
    cursor = answer.data.next;
  }
  return { ok: true as const, tickets, all: false };
}

/** A seller's own listings with their status, and what they earned. */
export default async function SellPage({ searchParams }: { searchParams: Promise<Query> }) {
  const mine = await allMine();
  const head = (
    <div className="page-head">
      <div>
        <h1>My listings</h1>
        <p className="muted">Your tickets and their status</p>
      </div>
      <Link href="/tickets/new" className="btn btn-primary" prefetch={false}>
        Sell a ticket
      </Link>
    </div>
  );
  if (!mine.ok) {
    if (mine.status === 401) toSignIn('/sell');
    return (
      <>
        {head}
        <ServiceDown title="We can’t load your listings right now." retry="/sell">
          Your listings and orders are safe. Go to <Link href="/orders">My orders</Link>.
        </ServiceDown>
      </>
    );
  }
  const { tickets, all } = mine;
  if (tickets.length === 0)
    return (
      <>
        {head}
        <div className="empty">
          <h2>Nothing listed yet</h2>
          <p>Can’t make it? List your ticket in two minutes, and someone else can go in your place.</p>
          <Link href="/tickets/new" className="btn btn-primary" prefetch={false}>
            List your first ticket
          </Link>
        </div>
      </>
    );

  const page = Math.max(1, Math.trunc(Number((await searchParams)['page'])) || 1);
  const shown = tickets.slice((page - 1) * PAGE, page * PAGE);
  const count = (status: TicketStatus) => tickets.filter((ticket) => ticket.status === status).length;
  return (
    <>
      {head}
      <dl className="sums">
        <div>
          <dt>Earned{all ? '' : ' (latest 1,000)'}</dt>
          <dd>{earned(tickets)}</dd>
        </div>
        <div>
          <dt>Sold</dt>
          <dd>{count('sold')}</dd>
        </div>
        <div>
          <dt>On hold</dt>
          <dd>{count('held')}</dd>
        </div>
        <div>
          <dt>On sale</dt>
          <dd>{tickets.filter((ticket) => ticket.status === 'listed' && !hasStarted(ticket)).length}</dd>
        </div>
      </dl>
      <ul className="ledger">
        {shown.map((ticket) => (
          <li key={ticket.id}>
            <div>
              <h2>
                {ticket.status === 'withdrawn' ? (
                  ticket.title
                ) : (
                  <Link href={`/tickets/${ticket.id}`} prefetch={false}>
                    {ticket.title}
                  </Link>
                )}
              </h2>
              <p>
                <EventWhen startsAt={ticket.startsAt} timeZone={ticket.timeZone} />
              </p>
            </div>
            <div className="state">
              <TicketChip ticket={ticket} />
            </div>
            <div className="price">{formatMoney(ticket.price)}</div>
            <div className="does">
              {ticket.status === 'listed' ? (
                <Link href={`/tickets/${ticket.id}/edit`} prefetch={false}>
                  Edit<span className="visually-hidden"> {ticket.title}</span>
                </Link>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
      {tickets.length > PAGE ? (
        <nav className="pages" aria-label="Pagination">
          {page > 1 ? (
            <Link href={page === 2 ? '/sell' : `/sell?page=${page - 1}`} className="btn btn-quiet" prefetch={false}>
              Newer
            </Link>
          ) : (
            <span />
          )}
          {page * PAGE < tickets.length ? (
            <Link href={`/sell?page=${page + 1}`} className="btn btn-quiet" prefetch={false}>
              Older
            </Link>
          ) : null}
        </nav>
      ) : null}
    </>
  );
}

/** Sums of what was sold, one a currency. */
function earned(tickets: Ticket[]): string {
  const sums = new Map<string, number>();
  for (const { status, price } of tickets)
    if (status === 'sold') sums.set(price.currency, (sums.get(price.currency) ?? 0) + price.amount);
  if (sums.size === 0) return '0';
  return [...sums].map(([currency, amount]) => formatMoney({ amount, currency })).join(' + ');
}
