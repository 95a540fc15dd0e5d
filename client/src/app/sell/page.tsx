import type { Metadata } from 'next';
import type { Failure, Http } from '@/api/http.ts';
import { listMyTickets } from '@/api/tickets.ts';
import type { Ticket } from '@/api/types.ts';
import { ListWatch } from '@/components/list-watch.tsx';
import { PageHead } from '@/components/page-head.tsx';
import { PageNews } from '@/components/page-news.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import type { Query } from '@/lib/filters.ts';
import { newsIn } from '@/lib/news.ts';
import { myListingsQuery } from '@/lib/pages.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { versionsOf } from '@/lib/versions.ts';
import { pageHttp, redirectToSignIn } from '@/lib/visitor.ts';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { Pagination } from '@/ui/pagination.tsx';
import { ListingRow } from './_components/listing-row.tsx';
import { Totals } from './_components/totals.tsx';

export const metadata: Metadata = { title: 'My listings' };

const PAGE_SIZE = 30;
// A thousand listings: enough for anyone who sells tickets they can't use.
const MAX_READS = 10;

/** A seller's own listings with their status, and what they earned. */
export default async function SellPage({ searchParams }: { searchParams: Promise<Query> }) {
  const listings = await readListings(await pageHttp());
  if (!listings.ok && listings.status === 401) redirectToSignIn('/sell');
  const query = await searchParams;
  return (
    <>
      <PageNews news={newsIn(query)} />
      <PageHead title="My listings" about="Your tickets and their status">
        <ButtonLink href="/tickets/new">Sell a ticket</ButtonLink>
      </PageHead>
      <Listings listings={listings} page={pageOf(query)} />
    </>
  );
}

type Listings = { ok: true; tickets: Ticket[]; isComplete: boolean } | Failure;

async function readListings(http: Http): Promise<Listings> {
  const tickets: Ticket[] = [];
  let cursor: string | undefined;
  for (let reads = 0; reads < MAX_READS; reads++) {
    const answer = await listMyTickets(http, myListingsQuery(cursor));
    if (!answer.ok) return answer;
    tickets.push(...answer.data.tickets);
    if (answer.data.next === null) return { ok: true, tickets, isComplete: true };
    cursor = answer.data.next;
  }
  return { ok: true, tickets, isComplete: false };
}

const pageOf = (query: Query): number => Math.max(1, Math.trunc(Number(query['page'])) || 1);

const pageHref = (page: number): string => (page === 1 ? '/sell' : `/sell?page=${page}`);

function Listings({ listings, page }: { listings: Listings; page: number }) {
  if (!listings.ok)
    return (
      <ServiceDown title="We can’t load your listings right now." retry="/sell">
        There’s a problem on our side; this page shows them as soon as we can. What you’ve bought is under{' '}
        <Link href="/orders">My orders</Link>.
      </ServiceDown>
    );
  const { tickets, isComplete } = listings;
  const query = myListingsQuery();
  const listWatch = <ListWatch of="listings" query={query} content={versionsOf(tickets.slice(0, query.limit))} />;
  if (tickets.length === 0)
    return (
      <>
        {listWatch}
        <EmptyState
          title="Nothing listed yet"
          actions={<ButtonLink href="/tickets/new">List your first ticket</ButtonLink>}
        >
          Can’t make it? List your ticket in two minutes, and someone else can go in your place.
        </EmptyState>
      </>
    );
  return (
    <>
      {listWatch}
      <Totals tickets={tickets} isComplete={isComplete} />
      <ul className="ledger">
        {tickets.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map((ticket) => (
          <ListingRow ticket={ticket} key={ticket.id} />
        ))}
      </ul>
      <p className="muted small mt-hint">{`Buyers see you as seller ${shortNumber(tickets[0]?.sellerId ?? '')}.`}</p>
      <Pagination
        previous={page > 1 ? { href: pageHref(page - 1), label: 'Newer' } : undefined}
        next={page * PAGE_SIZE < tickets.length ? { href: pageHref(page + 1), label: 'Older' } : undefined}
      />
    </>
  );
}
