import { EmptyState } from '@/ui/empty-state.tsx';
import { ButtonLink } from '@/ui/link.tsx';

/**
 * 404: an address that does not exist, or belongs to another account. Pages render it themselves, as proxy.ts has set the
 * status already: `notFound()` would leave the first HTML empty, see https://github.com/vercel/next.js/issues/62228. Delete when
 * fixed: this is then app/not-found.tsx alone.
 */
export function NotFoundPage() {
  return (
    <EmptyState
      eyebrow="404"
      heading="h1"
      title="Page not found"
      actions={
        <>
          <ButtonLink href="/">Browse tickets</ButtonLink>
          <ButtonLink href="/orders" variant="quiet">
            My orders
          </ButtonLink>
        </>
      }
    >
      The link may be out of date, or the page may belong to another account.
    </EmptyState>
  );
}
