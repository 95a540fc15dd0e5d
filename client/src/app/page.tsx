import type { Metadata } from 'next';
import { listTickets } from '@/api/tickets.ts';
import { ServiceDown } from '@/components/service-down.tsx';
import { holdSeconds } from '@/lib/config.ts';
import { type Filters, listHref, listQuery, type Query, readFilters } from '@/lib/filters.ts';
import { readTrail, type Trail } from '@/lib/list-trail.ts';
import { duration } from '@/lib/time.ts';
import { pageHttp } from '@/lib/visitor.ts';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { FiltersForm } from './_components/filters-form.tsx';
import { Results } from './_components/results.tsx';

interface Props {
  searchParams: Promise<Query>;
}

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q, cursor } = readFilters(await searchParams);
  const tickets = cursor === '' ? 'Tickets' : 'More tickets';
  if (q !== '') return { title: `${tickets} for “${q}”` };
  return cursor === '' ? {} : { title: tickets };
}

/** The tickets on sale. */
export default async function ListPage({ searchParams }: Props) {
  const query = await searchParams;
  const filters = readFilters(query);
  const list = <List filters={filters} trail={readTrail(query)} />;
  // Further pages are for those who are reading: the tickets come first.
  if (filters.cursor !== '')
    return (
      <>
        <h1 className="visually-hidden">Tickets</h1>
        <section aria-labelledby="results">{list}</section>
        <div className="mt-section">
          <FiltersForm filters={filters} />
        </div>
      </>
    );
  return (
    <>
      <div className="hero">
        <h1>Tickets from people who can’t make it.</h1>
        <p className="lead">
          {`Find a ticket and we’ll hold it for you for ${duration(holdSeconds())} while you pay. No one else can buy it.`}
        </p>
      </div>
      <FiltersForm filters={filters} />
      <section aria-labelledby="results" className="mt-section">
        {list}
      </section>
    </>
  );
}

async function List({ filters, trail }: { filters: Filters; trail: Trail }) {
  const answer = await listTickets(await pageHttp(), listQuery(filters));
  if (answer.ok) return <Results page={answer.data} filters={filters} trail={trail} />;
  return (
    <>
      <h2 id="results" className="visually-hidden">
        Tickets
      </h2>
      {answer.status >= 500 ? (
        <ServiceDown title="We can’t load tickets right now." retry={listHref(filters)} hasForms>
          There’s a problem on our side; this page shows them as soon as we can. What you hold is under{' '}
          <Link href="/orders">My orders</Link>.
        </ServiceDown>
      ) : (
        <EmptyState
          heading="h3"
          title="This page no longer exists"
          actions={<ButtonLink href={listHref(filters)}>Go to the first page</ButtonLink>}
        >
          The list has changed since you opened this link.
        </EmptyState>
      )}
    </>
  );
}
