import { type Filters, listHref } from '@/lib/filters.ts';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink } from '@/ui/link.tsx';

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
      Have a ticket you can’t use? Be the first to sell one.
    </EmptyState>
  );
}

/** A search or filters that find nothing, with ways to find more. */
export function NoMatches({ filters }: { filters: Filters }) {
  const { q } = filters;
  const hasPrices = filters.min !== undefined || filters.max !== undefined;
  const hasDates = filters.from !== '' || filters.to !== '';
  const isFilteredSearch = q !== '' && (hasPrices || hasDates);
  return (
    <EmptyState
      headingId="results"
      title={
        <>
          No tickets match {q === '' ? 'these filters' : `“${q}”`}
          {isFilteredSearch ? ' with these filters' : ''}
        </>
      }
      actions={
        <>
          {isFilteredSearch ? (
            <ButtonLink href={listHref(filters, { min: undefined, max: undefined, from: '', to: '' })}>
              Search “{q}” without filters
            </ButtonLink>
          ) : null}
          {hasPrices && hasDates ? (
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
      New tickets are listed all day, and tickets on hold come back if the buyer doesn’t pay.
    </EmptyState>
  );
}
