'use client';
import { Button } from '@/ui/button.tsx';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ReloadLink } from '@/ui/link.tsx';

/** A page that failed to render. Refused requests and services that are down are shown by the pages themselves. */
export default function ErrorPage() {
  return (
    <EmptyState
      isAlert
      heading="h1"
      title="Something went wrong"
      actions={
        <>
          <Button
            onClick={() => {
              window.location.reload();
            }}
          >
            Try again
          </Button>
          <ReloadLink href="/" buttonStyle={{ variant: 'quiet' }}>
            Browse tickets
          </ReloadLink>
        </>
      }
    >
      Check your connection and try again.
    </EmptyState>
  );
}
