import { type Filters, hasDates, hasOthers, listHref, readFilters } from '@/lib/filters.ts';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { UntilListed } from './live-list.tsx';

/** Shown wherever only some days are listed. */
export const WITHOUT_DATE = 'Tickets with an open date aren’t shown for chosen dates.';

/** The list without a search or a filter, and nothing on it. */
export function NoTickets({ isFirst }: { isFirst: boolean }) {
  if (!isFirst)
    return (
      <EmptyState
        headingId="results"
        title="No more tickets"
        actions={<ButtonLink href="/">Go to the first page</ButtonLink>}
      >
        You’ve reached the end of the list.
      </EmptyState>
    );
  return (
    <EmptyState
      headingId="results"
      title="No tickets on sale yet"
      actions={<ButtonLink href="/tickets/new">Sell a ticket</ButtonLink>}
    >
      <span>Have a ticket you can’t use? Be the first to sell one.</span>
      <UntilListed />
    </EmptyState>
  );
}

/** A search or filters that find nothing, with ways to find more. */
export function NoMatches({ filters, suggestion }: { filters: Filters; suggestion: string | undefined }) {
  const { q } = filters;
  const isFilteredSearch = q !== '' && (hasOthers(filters) || hasDates(filters));
  return (
    <EmptyState
      headingId="results"
      title={`No tickets match ${q === '' ? 'these filters' : `“${q}”`}${isFilteredSearch ? ' with these filters' : ''}`}
      actions={
        <>
          {isFilteredSearch ? (
            <ButtonLink href={listHref({ ...readFilters({ q }), sort: filters.sort })}>
              {`Search “${q}” without filters`}
            </ButtonLink>
          ) : null}
          {hasOthers(filters) && hasDates(filters) ? (
            <ButtonLink href={listHref(filters, { from: '', to: '' })} variant="quiet">
              Any date
            </ButtonLink>
          ) : null}
          <ButtonLink href="/" variant="quiet">
            Browse all tickets
          </ButtonLink>
        </>
      }
    >
      {suggestion === undefined ? null : (
        <span>
          Did you mean <Link href={listHref(filters, { q: suggestion })}>{`“${suggestion}”`}</Link>?{' '}
        </span>
      )}
      {hasDates(filters) ? <span>{`${WITHOUT_DATE} `}</span> : null}
      <span>New tickets are listed all day, and tickets on hold come back if the buyer doesn’t pay.</span>
      <UntilListed />
    </EmptyState>
  );
}
