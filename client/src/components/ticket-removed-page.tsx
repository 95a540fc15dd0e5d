import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink } from '@/ui/link.tsx';

/** The page of a ticket that the seller removed (410). */
export function TicketRemovedPage() {
  return (
    <EmptyState
      heading="h1"
      title="Ticket removed"
      actions={
        <>
          <ButtonLink href="/">Browse tickets</ButtonLink>
          <ButtonLink href="/sell" variant="quiet">
            My listings
          </ButtonLink>
        </>
      }
    >
      The seller removed this ticket, so it’s no longer available.
    </EmptyState>
  );
}
